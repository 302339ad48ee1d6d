import {
  draftBins,
  draftFirstTargets,
  expiryAfter,
  fileEntry,
  parseDigest,
  RELEASES,
  revocationPath,
  type Signer,
  tuf,
} from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import {
  binFile,
  binFor,
  delegate,
  firstFile,
  type Judgement,
  judge,
  roleName,
  type Simulator,
  type Spreading,
  simulate,
  spread,
  withMember,
  withoutMember,
} from '@countersign/testkit';
import { beforeEach, describe, expect, it } from 'vitest';

const refused = (code: string) => expect.objectContaining({ code });
const digest = parseDigest(`sha256:${'c3'.repeat(32)}`);
const entry = fileEntry({ digest, length: 3 });
const BINS = ['releases-0', 'releases-1', 'releases-2', 'releases-3'];

let standing: Simulator;
let draft: Simulator;
beforeEach(async () => {
  standing = await simulate();
  draft = standing.fork();
});

const judged = (roles: readonly string[], more: Partial<Judgement> = {}) => {
  const parts = Object.fromEntries(roles.map((role) => [role, draft.newest.get(roleName(role))?.bytes]));
  return judge({ gun: standing.gun, standing, parts, ...more });
};
const meta = (plan: ReturnType<typeof judged>) => plan.snapshot.signed.get('meta') as ReadonlyMap<string, ReadonlyMap<string, unknown>>;

/** Four bins, all of which are signed. */
async function fourBins(more: Partial<Spreading> = {}): Promise<void> {
  await spread(draft, 'releases', { bits: 2, ...more });
  for (const bin of BINS) await binFile(draft, bin);
}

/** The server has the four bins; from here on an upload is made. */
async function published(): Promise<void> {
  await fourBins();
  await draft.advance();
  standing = draft;
  draft = standing.fork();
}

describe('an upload that begins hash bins', () => {
  it('brings all of them, and the snapshot lists their versions alone', async () => {
    await fourBins();
    const plan = judged(['releases', ...BINS]);
    expect(plan.files.map(({ name }) => name)).toEqual(['releases', ...BINS]);
    for (const bin of BINS) expect([...(meta(plan).get(`${bin}.json`) ?? [])]).toEqual([['version', 1]]);
    expect([...(meta(plan).get('releases.json')?.keys() ?? [])].sort()).toEqual(['hashes', 'length', 'version']);
  });

  it('is refused while one of them is absent', async () => {
    await fourBins();
    expect(() => judged(['releases', ...BINS.slice(1)])).toThrowError(refused('refused-upload'));
    expect(() => judged(['releases'])).toThrowError(refused('refused-upload'));
  });

  it('is refused with more of them than a snapshot should list', async () => {
    for (const bits of [11, 32]) {
      await spread(draft, 'releases', { bits });
      expect(() => judged(['releases'])).toThrowError(refused('refused-upload'));
      draft = standing.fork();
    }
  });

  it('is refused with names that are none of ours, or that another role has', async () => {
    await spread(draft, 'releases', { bits: 2, prefix: 'Bins' });
    expect(() => judged(['releases'])).toThrowError(refused('unsafe-name'));
    draft = standing.fork();
    await delegate(draft, 'targets', 'releases-2', { paths: ['a/*'], signers: draft.signersOf('releases') });
    await fourBins();
    expect(() => judged(['targets', 'releases', ...BINS])).toThrowError(refused('unsafe-name'));
  });

  it('is refused with a threshold that nobody can meet', async () => {
    await fourBins({ threshold: 2 });
    expect(() => judged(['releases', ...BINS])).toThrowError(refused('impossible-role'));
  });
});

describe('an upload of a bin', () => {
  beforeEach(published);

  it('brings that one file, and opens no other', async () => {
    const bin = binFor(draft, 'releases', 'v1');
    await binFile(draft, bin, { v1: entry });
    for (const other of BINS)
      if (other !== bin)
        standing.newest.set(roleName(other), {
          ...(standing.newest.get(roleName(other)) as never as object),
          bytes: new Uint8Array(),
        } as never);
    const plan = judged([bin]);
    expect(plan.files.map(({ name, version }) => [name, version])).toEqual([[bin, 2]]);
    expect([...(meta(plan).get(`${bin}.json`) ?? [])]).toEqual([['version', 2]]);
    expect(meta(plan).size).toBe(6);
  });

  it('is refused when other keys signed it', async () => {
    await binFile(draft, 'releases-0', {}, { signers: [generateSigner('ed25519')] });
    expect(() => judged(['releases-0'])).toThrowError(refused('signature'));
  });

  it('is refused when it was signed as another, or does not say which it is', async () => {
    await binFile(draft, 'releases-0', {}, { bend: withMember(['x-countersign', 'role'], 'releases-1') });
    expect(() => judged(['releases-0'])).toThrowError(refused('mismatch'));
    draft = standing.fork();
    await binFile(draft, 'releases-0', {}, { bend: withoutMember(['x-countersign', 'role']) });
    expect(() => judged(['releases-0'])).toThrowError(refused('refused-upload'));
  });

  it('is refused with a name that falls into another', async () => {
    const bin = BINS.find((one) => one !== binFor(draft, 'releases', 'v1')) ?? '';
    await binFile(draft, bin, { v1: entry });
    expect(() => judged([bin])).toThrowError(refused('refused-upload'));
  });

  it('is refused with a denial, which nobody would look for there', async () => {
    for (const bin of BINS) {
      await binFile(draft, bin, { [revocationPath(digest)]: entry });
      expect(() => judged([bin])).toThrowError(refused('refused-upload'));
    }
  });

  it('has a name that no team can have', async () => {
    await delegate(draft, 'targets', 'releases-2', { paths: ['a/*'] });
    expect(() => judged(['targets'])).toThrowError(refused('orphaned-role'));
    await draft.next('targets', roleName('releases-2'), {});
    expect(() => judged(['targets', 'releases-2'])).toThrowError(refused('unsafe-name'));
  });

  it('is refused when it delegates further', async () => {
    await delegate(draft, 'releases-0', 'team', { paths: ['*'] }, { signers: draft.signersOf('releases') });
    expect(() => judged(['releases-0'])).toThrowError(refused('refused-upload'));
  });

  it('is refused when it is larger than its share of a repository', async () => {
    await binFile(draft, 'releases-0', {}, { bend: withMember(['x-more'], 'a'.repeat(2000)) });
    expect(judged(['releases-0'], { limits: { repositoryBytes: 20_000 } }).files).toHaveLength(1);
    expect(() => judged(['releases-0'], { limits: { repositoryBytes: 8000 } })).toThrowError(refused('refused-upload'));
  });

  it('is refused when no bin is called so', async () => {
    const env = draft.env();
    const first = {
      name: roleName('releases-4'),
      version: 1 as never,
      expires: expiryAfter(env.now, 1e9),
      binding: draft.binding,
      delegations: [],
    };
    await draft.seal(draftFirstTargets(first, env), { signers: draft.signersOf('releases') });
    expect(() => judged(['releases-4'])).toThrowError(refused('unknown-role'));
  });
});

describe('the role above bins', () => {
  beforeEach(published);

  it('may be signed again without them: a denial opens no bin', async () => {
    await draft.next('targets', RELEASES, { targets: new Map([[revocationPath(digest), tuf.entry(entry)]]) });
    for (const bin of BINS)
      standing.newest.set(roleName(bin), { ...(standing.newest.get(roleName(bin)) as never as object), bytes: new Uint8Array() } as never);
    expect(judged(['releases']).files).toHaveLength(1);
  });

  it('may not leave them to other keys before they are signed by those', async () => {
    const signers: readonly Signer[] = [generateSigner('ed25519')];
    await spread(draft, 'releases', { bits: 2, signers });
    expect(() => judged(['releases'])).toThrowError(refused('orphaned-role'));
    for (const bin of BINS.slice(1)) await binFile(draft, bin);
    expect(() => judged(['releases', ...BINS.slice(1)])).toThrowError(refused('orphaned-role'));
    await binFile(draft, 'releases-0');
    expect(judged(['releases', ...BINS]).files).toHaveLength(5);
  });

  it('may not ask for more signatures than they have', async () => {
    const signers = [...draft.signersOf('releases'), generateSigner('ed25519')];
    await spread(draft, 'releases', { bits: 2, signers, threshold: 2 });
    expect(() => judged(['releases'])).toThrowError(refused('orphaned-role'));
  });

  it('may not spread over more bins without them', async () => {
    const env = draft.env();
    const keys = { keys: draft.signersOf('releases').map(({ key }) => key), threshold: 1 };
    await draft.seal(draftBins(draft.current('targets', RELEASES), { bits: 3, prefix: 'releases', keys }, expiryAfter(env.now, 1e9), env));
    expect(() => judged(['releases'])).toThrowError(refused('refused-upload'));
  });
});

describe('a delegation that gives away more than was given', () => {
  const below = async (paths: readonly string[], bendPaths: readonly string[] = ['docs/*', 'v?']): Promise<void> => {
    await delegate(draft, 'targets', 'team', { paths: bendPaths });
    await firstFile(draft, 'team');
    await delegate(draft, 'team', 'deep', { paths });
    await firstFile(draft, 'deep');
  };
  // The simulator signs team twice before anything is published.
  const uploaded = () => {
    standing.newest.set(roleName('team'), { ...(draft.newest.get(roleName('team')) as never as object), version: 1 } as never);
    return judged(['targets', 'team', 'deep']);
  };

  it.each([[['docs/*']], [['docs/a*', 'v1']], [['docs/?', 'v?']]])('is none with %j', async (paths) => {
    await below(paths);
    expect(uploaded().files).toHaveLength(3);
  });

  it.each([[['*']], [['docs/*', '*/*']], [['v*']], [['src/*']], [['docs/*/*']]])(
    'is refused with %j: no client would reach it',
    async (paths) => {
      await below(paths);
      expect(uploaded).toThrowError(refused('impossible-role'));
    },
  );

  it.each([...'[]{}!#\\()'])('is refused with a pattern that holds %s, which clients read differently', async (character) => {
    await delegate(draft, 'targets', 'team', { paths: [`a${character}b`] });
    expect(() => judged(['targets'])).toThrowError(refused('unsafe-name'));
  });

  it('is refused, rather than compared without end', async () => {
    const many = (head: string) => Array.from({ length: 900 }, (_, at) => `${head}${at}*`);
    await below(many('x'), many('y'));
    expect(uploaded).toThrowError(refused('impossible-role'));
    await below(many('yy'), [...many('y')]);
    expect(uploaded).toThrowError(expect.objectContaining({ name: 'ReviewError' }));
  });
});
