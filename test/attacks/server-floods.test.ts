// A server is asked for work by people whom it does not know yet. What one upload can cost is bounded before anything in it is
// believed, and grows with its length and no faster. Counted is work, where it can be counted; where it cannot, doubling is compared.
import {
  type Cryptography,
  encodeJson,
  encodeUtf8,
  type JsonValue,
  jsonObject,
  matchesPattern,
  STANDARD_LIMITS,
  TARGETS,
} from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { judge, type Simulator, withMember, withSignatures } from '@countersign/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileOf, image, published } from './victims/story.ts';
import { refusal } from './victims/victims.ts';

interface Work {
  verified: number;
  opened: number;
  hashed: number;
}

/** The repository with cryptography that counts what is asked of it. */
function counted(repository: Simulator): { readonly standing: Simulator; readonly work: Work } {
  const work = { verified: 0, opened: 0, hashed: 0 };
  const standing = repository.fork();
  const { crypto } = repository.env();
  const counting: Cryptography = {
    name: crypto.name,
    digest(algorithm, bytes) {
      work.hashed += bytes.length;
      return crypto.digest(algorithm, bytes);
    },
    openKey(spelling) {
      work.opened++;
      const opened = crypto.openKey(spelling);
      if (opened.status !== 'ready') return opened;
      const verify = (message: Uint8Array, signature: Uint8Array): boolean => {
        work.verified++;
        return opened.key.verify(message, signature);
      };
      return { status: 'ready', key: { fingerprint: opened.key.fingerprint, verify } };
    },
  };
  standing.env = (now = standing.now) => ({ ...repository.env(now), crypto: counting });
  return { standing, work };
}

let repository: Simulator;
beforeAll(async () => {
  repository = await published(['v1']);
});

/** The code with which an upload is refused, and the work that it cost. */
async function upload(parts: Readonly<Record<string, Uint8Array>>): Promise<{ readonly code: string; readonly work: Work }> {
  const { standing, work } = counted(repository);
  return { code: await refusal(() => judge({ gun: standing.gun, standing, parts })), work };
}
async function nextTargets(bend: Parameters<typeof withMember>[0], value: JsonValue): Promise<Uint8Array> {
  const stranger = repository.fork();
  await stranger.next('targets', TARGETS, {}, { bend: withMember(bend, value), signers: [generateSigner('ed25519')] });
  return fileOf(stranger, 'targets');
}

describe('a flood of verifications costs the server', () => {
  it('no more than without them, where a file has more signatures than one may', async () => {
    const many = Array.from({ length: 1000 }, (_, at) => jsonObject({ keyid: `k${at}`, sig: 'ab'.repeat(64) }));
    const file = withSignatures(fileOf(repository, 'releases'), () => many);
    const { code, work } = await upload({ releases: file });
    expect(code).toBe('too-large');
    // What the server holds itself is verified all the same: its root, and who delegates to the role.
    expect(work.verified).toBeLessThanOrEqual(2);
  });

  it('a verification for each key of the role, where strangers sign beside it', async () => {
    const stranger = repository.fork();
    await stranger.next('targets', TARGETS, {}, { signers: Array.from({ length: 64 }, () => generateSigner('ed25519')) });
    const { code, work } = await upload({ targets: fileOf(stranger, 'targets') });
    expect(code).toBe('signature');
    expect(work.verified).toBeLessThanOrEqual(1);
  });

  it('nothing, for a root of ten megabytes', async () => {
    const file = encodeUtf8(`${' '.repeat(10_000_000)}${new TextDecoder().decode(fileOf(repository, 'root'))}`);
    const { code, work } = await upload({ root: file });
    expect(code).toBe('refused-upload');
    expect(work).toEqual({ verified: 0, opened: 0, hashed: 0 });
  });

  it('at most one verification and its length in hashes, for a hundred thousand delegations by a stranger', async () => {
    const key = generateSigner('ed25519').key;
    const roles = Array.from({ length: 100_000 }, (_, at) =>
      jsonObject({ name: `r${at}`, keyids: [key.keyid], threshold: 1, terminating: false, paths: ['*'] }),
    );
    const file = await nextTargets(['delegations'], jsonObject({ keys: jsonObject({ [key.keyid]: key.object }), roles }));
    expect(file.length).toBeLessThan(STANDARD_LIMITS.targetsBytes);
    const { work } = await upload({ targets: file });
    expect(work.verified).toBeLessThanOrEqual(1);
    expect(work.opened).toBeLessThan(10);
    expect(work.hashed).toBeLessThan(4 * file.length);
  });

  it('at most the limit of keys opened, where a stranger brings as many as fit', async () => {
    const keys = Array.from({ length: 5000 }, (_, at): readonly [string, JsonValue] => {
      const text = at.toString(16).padStart(64, '0');
      return [text, jsonObject({ keytype: 'ed25519', scheme: 'ed25519', keyval: jsonObject({ public: text }) })];
    });
    const role = jsonObject({ name: 'r', keyids: keys.map(([id]) => id), threshold: 1, terminating: false, paths: ['*'] });
    const { work } = await upload({ targets: await nextTargets(['delegations'], jsonObject({ keys: new Map(keys), roles: [role] })) });
    expect(work.opened).toBeLessThanOrEqual(STANDARD_LIMITS.uploadKeys);
  });
});

/** The least of several measurements, in microseconds of processor time: what else the machine does only adds to it. */
function cost(act: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let times = 0; times < 7; times++) {
    const before = process.cpuUsage();
    act();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, user + system);
  }
  return Math.max(least, 1);
}

describe('four times as much costs about four times as much', () => {
  const read = (name: 'targets' | 'snapshot', file: Uint8Array) => () => {
    const env = repository.env();
    env.dialect.parse(name, TARGETS, file, env);
  };

  it('for the entries of a targets file', () => {
    const { signed } = repository.current('targets', TARGETS);
    const file = (size: number): Uint8Array => {
      const entries = Array.from({ length: size }, (_, at) => [`t${at}`, repository.env().dialect.entry(image('v1').entry)] as const);
      return repository.env().dialect.file(withMember(['targets'], new Map(entries))(signed), []);
    };
    expect(cost(read('targets', file(8000))) / cost(read('targets', file(2000)))).toBeLessThan(10);
  });

  it('for the roles of a delegation', () => {
    const { signed } = repository.current('targets', TARGETS);
    const file = (size: number): Uint8Array => {
      const roles = Array.from({ length: size }, (_, at) =>
        jsonObject({ name: `r${at}`, keyids: [], threshold: 1, terminating: false, paths: ['*'] }),
      );
      return repository.env().dialect.file(withMember(['delegations'], jsonObject({ keys: new Map(), roles }))(signed), []);
    };
    expect(cost(read('targets', file(8000))) / cost(read('targets', file(2000)))).toBeLessThan(10);
  });

  it('for text with escapes, and for numbers', () => {
    const { signed } = repository.current('targets', TARGETS);
    const file = (size: number): Uint8Array =>
      encodeJson(
        new Map<string, JsonValue>([
          ['signed', withMember(['x'], '"\\\n'.repeat(size))(signed)],
          ['signatures', []],
        ]),
      );
    expect(cost(read('targets', file(80_000))) / cost(read('targets', file(20_000)))).toBeLessThan(10);
  });
});

describe('a pattern made to backtrack', () => {
  // The product of both lengths, at most: both four times as long may cost sixteen times as much, and no more.
  it('costs the product of its length and the path’s', () => {
    const match = (size: number) => () => {
      if (matchesPattern(`${'*a'.repeat(size)}b`, 'a'.repeat(size * 2))) throw new Error('it matches');
    };
    expect(cost(match(4000)) / cost(match(1000))).toBeLessThan(40);
  });
});
