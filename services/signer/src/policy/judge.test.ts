import {
  type Claim,
  draftSnapshot,
  type Env,
  expiryAfter,
  jsonObject,
  newSignature,
  notary,
  parseNotaryGun,
  parseVersion,
  ROOT,
  type RoleName,
  SNAPSHOT,
  seal,
  TARGETS,
  TIMESTAMP,
  tuf,
} from '@countersign/core';
import { freshKeys, NotaryRepository, Simulator, simulate } from '@countersign/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { derivedKeyring, namableKeys } from '../keyring.ts';
import { readMemory, spellMemory } from '../memory-text.ts';
import { judge } from './judge.ts';
import { type Memory, NOTHING, type SignerRole } from './memory.ts';
import type { SignerRepository } from './request.ts';

const DAY = 86_400_000;
const keyring = derivedKeyring(new Uint8Array(32).fill(7));
const refused = (code: string) => expect.objectContaining({ code });

type Files = Iterable<readonly [RoleName, { readonly bytes: Uint8Array }]>;

/** The judge with a memory of its own, which goes through its text each time as it would through a disk. */
class Bench {
  memory: Memory = NOTHING;
  readonly claims = new Map<string, string>();
  readonly repository: SignerRepository;

  constructor(repository: SignerRepository) {
    this.repository = repository;
  }

  signer(role: SignerRole, generation = 1) {
    return keyring.signer(this.repository, role, generation);
  }

  async ask(
    role: SignerRole,
    payload: Uint8Array,
    env: Env,
    shown: { upload?: ReadonlyMap<RoleName, Uint8Array>; standing?: Files; generation?: number } = {},
  ) {
    const { upload = new Map(), standing = [], generation = 1 } = shown;
    const evidence = { upload, standing: new Map([...standing].map(([name, { bytes }]) => [name, bytes] as const)) };
    const name = ({ kind, digest }: Claim): string => `${kind} ${digest}`;
    const held = {
      memory: this.memory,
      keys: namableKeys(keyring, this.repository, this.memory),
      claimants: (claim: Claim) => {
        const owner = this.claims.get(name(claim));
        return owner === undefined ? undefined : parseNotaryGun(owner);
      },
      longest: { timestamp: 3 * DAY, snapshot: 14 * DAY },
    };
    const verdict = judge({ repository: this.repository, role, generation, payload, evidence, note: '' }, held, env);
    if (verdict.answer === 'again') return verdict.signature;
    const { key, sign } = this.signer(role, generation);
    const signature = await sign(payload);
    this.memory = readMemory(spellMemory(verdict.remember(key, signature)), 'test');
    for (const claim of verdict.claims) this.claims.set(name(claim), this.repository.gun);
    return signature;
  }
}

describe('a repository of ours', () => {
  let bench: Bench;
  let repository: Simulator;
  let accepted: Simulator['newest'];
  beforeEach(async () => {
    const keys = freshKeys();
    const gun = new Simulator({}).gun;
    bench = new Bench({ gun, dialect: 'tuf' });
    let generation = 1;
    accepted = new Map();
    const remote = (role: SignerRole) => ({
      key: bench.signer(role, generation).key,
      sign: async (message: Uint8Array) => {
        const fresh = [...repository.newest].filter(([name, { digest }]) => accepted.get(name)?.digest !== digest);
        const upload = new Map(
          fresh.filter(([name]) => name !== SNAPSHOT && name !== TIMESTAMP).map(([name, { bytes }]) => [name, bytes] as const),
        );
        const shown = role === 'snapshot' ? { upload, standing: accepted } : {};
        const signature = await bench.ask(role, message, repository.env(), { ...shown, generation });
        if (role === 'timestamp') accepted = new Map(repository.newest);
        return signature;
      },
    });
    for (const role of ['timestamp', 'snapshot'] as const) keys.set(role, [remote(role)]);
    repository = new Simulator({ keys });
    rotate = async () => {
      generation = 2;
      await repository.rotate(
        new Map([
          ['timestamp', [remote('timestamp')]],
          ['snapshot', [remote('snapshot')]],
        ]),
      );
    };
    await simulate({}, repository);
  });
  let rotate: () => Promise<void>;

  it('has its snapshot renewed, with nothing but a later end', async () => {
    repository.now += DAY;
    const payload = draftSnapshot(
      { file: repository.current('snapshot', SNAPSHOT), version: undefined },
      new Map(),
      repository.current('root', ROOT),
      expiryAfter(repository.env().now, 14 * DAY),
      repository.env(),
    ).message;
    await bench.ask('snapshot', payload, repository.env(), { standing: accepted });
    expect(bench.memory.signed.snapshot?.version).toBe(2);
  });

  it('moves to the next keys when a root names them, and never back', async () => {
    await rotate();
    await repository.advance();
    expect(bench.memory.generations).toEqual({ snapshot: 2, timestamp: 2 });
    const old = repository.fork();
    old.keys.set('timestamp', [{ key: bench.signer('timestamp').key, sign: async () => new Uint8Array(64) }]);
    const payload = tuf.parse('timestamp', TIMESTAMP, (await old.timestamp()).bytes, repository.env()).signedBytes;
    await expect(bench.ask('timestamp', payload, repository.env())).rejects.toThrowError(refused('retired-key'));
  });

  it('is not signed with a next key that no root names', async () => {
    const ahead = repository.fork();
    ahead.keys.set('timestamp', [{ key: bench.signer('timestamp', 2).key, sign: async () => new Uint8Array(64) }]);
    const payload = tuf.parse('timestamp', TIMESTAMP, (await ahead.timestamp()).bytes, repository.env()).signedBytes;
    await expect(bench.ask('timestamp', payload, repository.env(), { generation: 2 })).rejects.toThrowError(refused('wrong-key'));
    await expect(bench.ask('timestamp', payload, repository.env(), { generation: 3 })).rejects.toThrowError(refused('wrong-key'));
  });

  it('begins anew above the snapshots that it had, whatever an administrator said, and with nothing of what stood', async () => {
    const other = new Simulator({
      keys: new Map([...freshKeys(), ...[...repository.keys].filter(([role]) => role === 'timestamp' || role === 'snapshot')]),
      repository: 'b'.repeat(32),
    });
    other.now = repository.now;
    const before = bench.memory.signed.snapshot?.version ?? 0;
    bench.memory = { ...bench.memory, released: true };
    const payloads = [await bentSnapshot(other, before), await bentSnapshot(other, before + 2), await bentSnapshot(other, before + 1)];
    const upload = new Map(
      [...other.newest].filter(([name]) => name !== SNAPSHOT && name !== TIMESTAMP).map(([name, { bytes }]) => [name, bytes] as const),
    );
    const ask = (payload: Uint8Array = new Uint8Array()) =>
      bench.ask('snapshot', payload, repository.env(), { upload, standing: accepted });
    await expect(ask(payloads[0])).rejects.toThrowError(refused('equivocation'));
    await expect(ask(payloads[1])).rejects.toThrowError(refused('wrong-version'));
    bench.memory = {
      ...bench.memory,
      files: new Map([...bench.memory.files, ['team' as RoleName, bench.memory.files.get(ROOT)] as never]),
    };
    await ask(payloads[2]);
    expect([...bench.memory.files.keys()].sort()).toEqual(['releases', 'root', 'snapshot', 'targets', 'timestamp']);
    expect(bench.memory.released).toBe(false);
  });
});

/** The snapshot of a repository that somebody made apart, under the next number. */
async function bentSnapshot(other: Simulator, version: number): Promise<Uint8Array> {
  const blank = (role: string) => other.signersOf(role).map(({ key }) => ({ key, sign: async () => new Uint8Array(64) }));
  for (const role of ['timestamp', 'snapshot']) other.keys.set(role, blank(role));
  if (other.newest.size === 0) await simulate({}, other);
  other.newest.delete(SNAPSHOT);
  const sealed = await other.snapshot({ bend: (signed) => new Map([...signed, ['version', version]]) });
  return tuf.parse('snapshot', SNAPSHOT, sealed.bytes, other.env()).signedBytes;
}

describe.each(['server', 'publisher'] as const)('a repository of Notary whose snapshot key is with the %s', (holder) => {
  let bench: Bench;
  let repository: NotaryRepository;

  /** Publishes through the judge, and stores what it signed. */
  const publish = async (parts: ReadonlyMap<RoleName, Uint8Array>): Promise<void> => {
    const standing = new Map(repository.files);
    const plan = repository.judge(parts);
    if ('message' in plan.snapshot) await bench.ask('snapshot', plan.snapshot.message, repository.env(), { upload: parts, standing });
    const signer = bench.signer('snapshot');
    const snapshot =
      'message' in plan.snapshot
        ? seal(plan.snapshot, [newSignature(signer.key, await signer.sign(plan.snapshot.message))], repository.env())
        : plan.snapshot;
    const own = 'message' in plan.snapshot ? {} : { upload: parts, standing };
    await bench.ask('timestamp', plan.timestamp(snapshot, { seq: 1, hash: '0'.repeat(64) }).message, repository.env(), own);
    await repository.post(parts);
  };

  beforeEach(async () => {
    repository = await NotaryRepository.create({ snapshot: holder });
    bench = new Bench({ gun: repository.gun, dialect: 'notary' });
    for (const role of holder === 'server' ? (['timestamp', 'snapshot'] as const) : (['timestamp'] as const))
      repository.signers.set(role, [bench.signer(role)]);
    await publish(await repository.first());
  });

  const next = async (): Promise<Map<RoleName, Uint8Array>> => {
    const parts = new Map([[TARGETS, await repository.targets(TARGETS, { targets: jsonObject({}) })]]);
    return holder === 'server' ? parts : parts.set(SNAPSHOT, await repository.snapshot(parts));
  };

  it('has what its publisher signed signed', async () => {
    await publish(await next());
    await publish(await next());
    expect(bench.memory.signed.timestamp?.version).toBe(3);
    expect(bench.memory.files.get(TARGETS)?.version).toBe(3);
    expect(bench.memory.files.get(SNAPSHOT)?.digest).toBe(repository.files.get(SNAPSHOT)?.digest);
  });

  it('gets no timestamp for the snapshot before', async () => {
    const before = repository.files.get(SNAPSHOT);
    if (before === undefined) throw new Error('there is no snapshot');
    await publish(await next());
    const plan = repository.judge(await next());
    const env = { ...repository.env(), now: (repository.now + 60_000) as Env['now'] };
    const payload = plan.timestamp(before, { seq: 2, hash: '1'.repeat(64) }).message;
    await expect(bench.ask('timestamp', payload, env)).rejects.toThrowError(refused('unknown-snapshot'));
  });

  it('gets no signature for files that nobody published', async () => {
    const [stranger] = (await NotaryRepository.create()).signersOf('targets');
    if (stranger === undefined) throw new Error('there is no stranger');
    const forged = new Map([[TARGETS, await repository.targets(TARGETS, { targets: jsonObject({}) }, undefined, [stranger])]]);
    const standing = new Map(repository.files);
    const plan = repository.judge(await next());
    const upload = holder === 'server' ? forged : new Map([...forged, [SNAPSHOT, await repository.snapshot(forged)] as const]);
    const payload =
      'message' in plan.snapshot ? plan.snapshot.message : plan.timestamp(plan.snapshot, { seq: 2, hash: '1'.repeat(64) }).message;
    const role = 'message' in plan.snapshot ? 'snapshot' : 'timestamp';
    await expect(bench.ask(role, payload, repository.env(), { upload, standing })).rejects.toThrowError(refused('unaccepted-upload'));
  });

  it('does not begin anew with another root before an administrator said so', async () => {
    const other = await NotaryRepository.create({ snapshot: holder });
    for (const role of holder === 'server' ? (['timestamp', 'snapshot'] as const) : (['timestamp'] as const))
      other.signers.set(role, [bench.signer(role)]);
    const parts = await other.first();
    const plan = other.judge(parts);
    const shown = { upload: parts, standing: new Map(repository.files) };
    const role = 'message' in plan.snapshot ? 'snapshot' : 'timestamp';
    const env = { ...repository.env(), now: (repository.now + 60_000) as Env['now'] };
    const sealed = 'message' in plan.snapshot ? undefined : plan.snapshot;
    const late =
      sealed &&
      notary.parse(
        'timestamp',
        TIMESTAMP,
        notary.file(plan.timestamp({ ...sealed, version: parseVersion(1, 'version') }, { seq: 2, hash: '1'.repeat(64) }).signed, []),
        env,
      );
    const again = late && new Map([...late.signed, ['version', 2]]);
    const payload = 'message' in plan.snapshot ? plan.snapshot.message : notary.canonical(again ?? new Map());
    const refusal = bench.ask(role, payload, env, shown);
    await expect(refusal).rejects.toThrowError(holder === 'server' ? refused('equivocation') : refused('unaccepted-upload'));
    bench.memory = { ...bench.memory, released: true };
    await bench.ask(role, payload, env, shown);
    expect(bench.memory.released).toBe(false);
    expect(bench.memory.files.get(ROOT)?.digest).not.toBe(repository.files.get(ROOT)?.digest);
  });
});

it('nothing is remembered of a name that nothing was signed for', () => {
  expect(readMemory(spellMemory(NOTHING), 'test')).toEqual({ ...NOTHING, signed: {}, generations: {} });
  for (const text of [
    '',
    '{}',
    '{"schema":2}',
    spellText().replace('"released":false', '"released":0'),
    spellText().replace('"files":[]', '"files":[[1]]'),
  ])
    expect(() => readMemory(Buffer.from(text), 'test')).toThrowError(refused('damaged-memory'));
});

const spellText = (): string => Buffer.from(spellMemory(NOTHING)).toString();
