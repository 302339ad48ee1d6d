import {
  digestOf,
  encodeUtf8,
  type Gun,
  type ImportHead,
  type ImportNeed,
  type ImportOffer,
  type ImportPlan,
  notary,
  parseNotaryGun,
  parseNotaryRoleName,
  parsePin,
  parseVersion,
  pinOf,
  type ReviewAnswer,
  reviewImport,
  STANDARD_LIMITS,
} from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { bareKey, notaryFile, type OldRepository, oldRepository } from '@countersign/testkit';
import { beforeAll, describe, expect, it } from 'vitest';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const GUN = 'registry.example.com/team/app';
const crypto = nativeCryptography();
const env = { now: NOW as never, limits: STANDARD_LIMITS, crypto, dialect: notary };
const rules = { serverKeys: { snapshot: [], timestamp: [] }, lifetimes: {} as never };
const refused = (code: string) => expect.objectContaining({ code });

/** What a server has of one name. */
interface Here {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly deleted?: boolean;
  readonly begun?: boolean;
  readonly claims?: ReadonlyMap<string, Gun>;
}

function headOf({ files, deleted = false, begun = false }: Here): ImportHead {
  const newest = new Map();
  for (const file of filesOf(files)) {
    if (file.version >= (newest.get(file.role)?.version ?? 0))
      newest.set(file.role, { version: file.version, digest: digestOf(crypto, file.bytes) });
  }
  return { files: newest, deleted, begun };
}

function filesOf(files: ReadonlyMap<string, Uint8Array>): ImportOffer['files'] {
  return [...files].map(([name, bytes]) => {
    const [, number, role = ''] = /^([0-9]+)\.(.+)\.json$/.exec(name) ?? [];
    return { role: parseNotaryRoleName(role), version: parseVersion(Number(number), 'version'), bytes };
  });
}

function judge(files: ReadonlyMap<string, Uint8Array>, more: Partial<ImportOffer> & { readonly here?: Here } = {}): ImportPlan {
  const { here, ...offer } = more;
  const steps = reviewImport(
    here && headOf(here),
    { gun: parseNotaryGun(GUN), files: filesOf(files), trust: { pin: undefined, unpinned: 'unsafe-trust' }, part: 'last', ...offer },
    rules,
    env,
  );
  const answer = (need: ImportNeed): ReviewAnswer => {
    if (need.need === 'claimants') return need.claims.map(({ digest }) => here?.claims?.get(digest));
    if (need.need === 'stored') return here?.files.get(`${need.version}.${need.role}.json`);
    return [...(here?.files.values() ?? [])].find((bytes) => digestOf(crypto, bytes) === need.digest);
  };
  let step = steps.next();
  while (!step.done) step = steps.next(answer(step.value));
  return step.value;
}

const named = (plan: ImportPlan) => plan.files.map(({ name, version }) => `${version}.${name}.json`).sort();
const without = (files: ReadonlyMap<string, Uint8Array>, ...names: readonly string[]): Map<string, Uint8Array> =>
  new Map([...files].filter(([name]) => !names.includes(name)));
const bent = (bytes: Uint8Array | undefined): Uint8Array =>
  encodeUtf8(
    Buffer.from(bytes ?? [])
      .toString()
      .replace('"length":', '"length":1'),
  );

let app: OldRepository;
beforeAll(async () => {
  app = await oldRepository({ gun: GUN, now: NOW });
  await app.publish({ entry: 'v1', delegate: 'targets/releases' });
  await app.publish({ releases: [['targets/releases', 'one']] });
  await app.publish({ rotate: 'root', entry: 'v2' });
  await app.publish({ delegate: 'targets/old' });
  await app.publish({ releases: [['targets/old', 'gone']] });
  await app.publish({ undelegate: 'targets/old' });
  await app.publish({ rotate: 'targets' });
  await app.publish({ rotate: 'snapshot', releases: [['targets/releases', 'two']] });
});

describe('an import', () => {
  it('takes every version of every role as it is, and lets go of roles that nobody delegates to', () => {
    const plan = judge(app.files);
    expect(named(plan)).toEqual([...app.files.keys()].sort());
    expect(plan.leftOut).toEqual([]);
    expect(plan.retired).toEqual(['targets/old']);
    for (const { name, version, bytes } of plan.files) expect(bytes).toBe(app.files.get(`${version}.${name}.json`));
    expect(plan.claims.map(({ kind }) => kind).filter((kind) => kind === 'root')).toHaveLength(4);
  });

  it('takes nothing twice', () => {
    const plan = judge(app.files, { here: { files: app.files } });
    expect(plan).toMatchObject({ files: [], repeated: app.files.size, leftOut: [] });
  });

  it('takes versions with gaps, roots apart', () => {
    const files = without(app.files, '2.targets.json', '3.timestamp.json');
    expect(named(judge(files))).toEqual([...files.keys()].sort());
    expect(() => judge(without(app.files, '2.root.json'))).toThrow(refused('wrong-version'));
    // A first root may be a second version, and no other.
    expect(() => judge(without(app.files, '1.root.json', '2.root.json'))).toThrow(refused('wrong-version'));
  });

  it('continues in parts from what is there, and judges the whole with the last one', () => {
    const old = new Map([...app.files].filter(([name]) => /^[12]\.|root/.test(name)));
    const rest = new Map([...app.files].filter(([name]) => !old.has(name)));
    expect(judge(old, { part: 'more' }).retired).toEqual([]);
    const plan = judge(rest, { here: { files: old, deleted: true, begun: true } });
    expect(named(plan)).toEqual([...rest.keys()].sort());
    expect(() => judge(rest, { here: { files: old }, part: 'more' })).toThrow(refused('refused-upload'));
  });

  it('holds the first root to its pin, and a pin to a root that came', () => {
    const first = notary.parse('root', parseNotaryRoleName('root'), app.files.get('1.root.json') ?? new Uint8Array(), env);
    const trusting = (pin: ReturnType<typeof pinOf>) => ({ trust: { pin, unpinned: 'refuse' } }) as const;
    expect(judge(app.files, trusting(pinOf(first, crypto))).files).toHaveLength(app.files.size);
    expect(() => judge(app.files, { trust: { pin: undefined, unpinned: 'refuse' } })).toThrow(refused('untrusted-root'));
    const other = parsePin(`sha256:${'ab'.repeat(32)}@1`).pin;
    expect(() => judge(app.files, trusting(other))).toThrow(refused('untrusted-root'));
    expect(() => judge(app.files, { trust: { pin: { ...other, version: parseVersion(9, 'version') }, unpinned: 'unsafe-trust' } })).toThrow(
      refused('untrusted-root'),
    );
    // The pin of a later root counts as well, and is held to that one.
    expect(() => judge(app.files, { trust: { pin: { ...other, version: parseVersion(2, 'version') }, unpinned: 'unsafe-trust' } })).toThrow(
      refused('untrusted-root'),
    );
  });
});

describe('the pin of a later root', () => {
  it('says nothing of the roots before it, which whoever keeps the files could have put there', async () => {
    const role = parseNotaryRoleName('root');
    const genuine = notary.parse('root', role, app.files.get('2.root.json') ?? new Uint8Array(), env);
    const pin = pinOf(genuine, crypto);
    expect(() => judge(app.files, { trust: { pin, unpinned: 'refuse' } })).toThrow(refused('untrusted-root'));
    expect(judge(app.files, { trust: { pin, unpinned: 'unsafe-trust' } }).files).toHaveLength(app.files.size);
    // The pinned root as it is, and one signature more: by the root that an attacker put before it.
    const forger = await oldRepository({ gun: GUN, now: NOW });
    await forger.publish();
    const { keyid, signer } = forger.keys.root;
    const signature = { keyid, scheme: signer.key.scheme, bytes: await signer.sign(genuine.signedBytes) };
    const forged = notary.file(genuine.signed, [signature]);
    const both = JSON.parse(Buffer.from(app.files.get('2.root.json') ?? []).toString());
    both.signatures.push(...JSON.parse(Buffer.from(forged).toString()).signatures);
    const files = new Map(app.files)
      .set('1.root.json', forger.files.get('1.root.json') ?? new Uint8Array())
      .set('2.root.json', encodeUtf8(JSON.stringify(both)));
    expect(() => judge(files, { trust: { pin, unpinned: 'refuse' } })).toThrow(refused('untrusted-root'));
  });
});

describe('an import is refused', () => {
  it('with the roots of another name', async () => {
    const foreign = await oldRepository({ gun: GUN, now: NOW, certified: 'registry.example.com/team/other' });
    await foreign.publish();
    expect(() => judge(foreign.files)).toThrow(refused('wrong-repository'));
  });

  it('with a root in between that the one before did not sign', async () => {
    const another = await oldRepository({ gun: GUN, now: NOW });
    for (const _ of [1, 2, 3]) await another.publish({ rotate: 'root' });
    const swapped = new Map(app.files).set('2.root.json', another.files.get('2.root.json') ?? new Uint8Array());
    expect(() => judge(swapped)).toThrow(refused('signature'));
  });

  it('with another line of roots than the one that is here', async () => {
    const another = await oldRepository({ gun: GUN, now: NOW });
    await another.publish();
    expect(() => judge(app.files, { here: { files: another.files } })).toThrow(refused('foreign-metadata'));
  });

  it('where both servers were published to', () => {
    const here = new Map(app.files).set('3.targets.json', bent(app.files.get('3.targets.json')));
    expect(() => judge(app.files, { here: { files: here } })).toThrow(refused('conflict'));
  });

  it('with a version that nobody could publish after', async () => {
    for (const version of [2 ** 31 - 1, 2 ** 30 + 1]) {
      const timestamp = await notaryFile({ _type: 'Timestamp', expires: '2030-01-01T00:00:00Z', meta: {}, version }, bareKey());
      expect(() => judge(new Map(app.files).set(`${version}.timestamp.json`, timestamp))).toThrow(refused('wrong-version'));
    }
  });

  it('when a file that readers are led to is missing, or another one', () => {
    for (const role of ['timestamp', 'snapshot', 'targets', 'targets/releases']) {
      const name = `${app.version(role)}.${role}.json`;
      const lacking = without(app.files, name);
      // An older timestamp leads to an older snapshot, and the newest of each role is served.
      expect(() => judge(lacking), `without ${name}`).toThrow(refused('refused-upload'));
      expect(() => judge(new Map(app.files).set(name, bent(app.files.get(name)))), `bent ${name}`).toThrow(refused('refused-upload'));
    }
  });

  it('with metadata that another name claimed', () => {
    const [claim] = judge(app.files).claims.slice(-1);
    const claims = new Map([[claim?.digest ?? '', parseNotaryGun('registry.example.com/team/first')]]);
    expect(() => judge(app.files, { here: { files: new Map(), claims } })).toThrow(refused('foreign-metadata'));
  });

  it('after a deletion, when its timestamps end below the one that was signed here', async () => {
    const here = await oldRepository({ gun: GUN, now: NOW });
    for (let count = 0; count < 20; count += 1) await here.publish({ entry: `v${count}` });
    expect(() => judge(app.files, { here: { files: here.files, deleted: true } })).toThrow(refused('conflict'));
    const young = await oldRepository({ gun: GUN, now: NOW });
    await young.publish();
    expect(judge(app.files, { here: { files: young.files, deleted: true } }).files).toHaveLength(app.files.size);
  });
});

describe('an import leaves out, and says so', () => {
  it('older files that do not hold, and claims nothing of them', async () => {
    const forged = await notaryFile(
      { _type: 'Targets', delegations: { keys: {}, roles: [] }, expires: '2030-01-01T00:00:00Z', targets: {}, version: 3 },
      bareKey(),
    );
    const garbage = encodeUtf8('{"signed":');
    const files = new Map(app.files)
      .set('3.targets.json', forged)
      .set('1.targets/releases.json', garbage)
      .set('1.targets/never.json', forged);
    const plan = judge(files);
    expect(plan.leftOut.map(({ role, version, code }) => [version, role, code])).toEqual([
      [3, 'targets', 'signature'],
      [1, 'targets/never', 'mismatch'],
      [1, 'targets/releases', 'malformed'],
    ]);
    expect(named(plan)).not.toContain('3.targets.json');
    expect(plan.claims).toHaveLength(judge(app.files).claims.length - 2);
  });

  it('a file that came under another version', () => {
    const files = new Map(app.files).set('2.snapshot.json', app.files.get('3.snapshot.json') ?? new Uint8Array());
    expect(judge(files).leftOut).toMatchObject([{ role: 'snapshot', version: 2, code: 'mismatch' }]);
  });
});
