import { fileEntry, parseDigest, refresh, type TrustedRoles, tuf } from '@countersign/core';
import {
  type Answer,
  answerFrom,
  type Bend,
  type Delegating,
  delegate,
  drive,
  firstFile,
  type Simulator,
  simulate,
  withMember,
  withoutHashes,
} from '@countersign/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { findTarget } from './find-target.ts';

const entry = fileEntry({ digest: parseDigest(`sha256:${'c3'.repeat(32)}`), length: 3 });
const holding = (path: string): { readonly bend: Bend } => ({ bend: withMember(['targets'], new Map([[path, tuf.entry(entry)]])) });

describe('the search', () => {
  let repository: Simulator;
  beforeEach(async () => {
    repository = await simulate();
  });

  const search = (path: string, trusted: TrustedRoles = new Map(), answer: Answer = answerFrom(repository.served)) => {
    const env = repository.env();
    const { result } = drive(refresh(repository.anchor(), undefined, env), answer);
    return drive(findTarget(result, path, trusted, env), answer);
  };

  /** Two teams for the same names, in this order. */
  const twoTeams = async (one: Partial<Delegating> = {}): Promise<void> => {
    await delegate(repository, 'targets', 'one', { paths: ['a/*'], ...one });
    await delegate(repository, 'targets', 'two', { paths: ['a/*'] });
    await firstFile(repository, 'two', holding('a/x'));
  };

  it('asks for no role whose delegation does not cover the name', () => {
    expect(search('a/b').needs).toEqual([]);
  });

  it('asks for no role that the snapshot does not list', async () => {
    await delegate(repository, 'targets', 'one', { paths: ['a/*'] });
    await repository.advance();
    expect(search('a/x').needs).toEqual([]);
  });

  it('reads no more of a repository than its limit, however many roles it has', async () => {
    await delegate(repository, 'targets', 'one', { paths: ['a/*'] });
    await delegate(repository, 'targets', 'two', { paths: ['a/*'] });
    await firstFile(repository, 'one', { bend: withMember(['x-more'], 'a'.repeat(4000)) });
    await firstFile(repository, 'two', holding('a/x'));
    await repository.advance();
    const searchWithin = (repositoryBytes: number) => {
      const env = { ...repository.env(), limits: { ...repository.env().limits, repositoryBytes } };
      const answer = answerFrom(repository.served);
      const { result } = drive(refresh(repository.anchor(), undefined, env), answer);
      return drive(findTarget(result, 'a/x', new Map(), env), answer);
    };
    expect(searchWithin(20_000).result?.chain).toEqual(['targets', 'two']);
    for (const bytes of [1, 5000]) expect(() => searchWithin(bytes)).toThrowError(expect.objectContaining({ code: 'limit' }));
  });

  it('takes the first role in the order of delegations', async () => {
    await twoTeams();
    await firstFile(repository, 'one', holding('a/x'));
    await repository.advance();
    expect(search('a/x').result?.chain).toEqual(['targets', 'one']);
  });

  it('goes on to the next role where the first lacks the name', async () => {
    await twoTeams();
    await firstFile(repository, 'one');
    await repository.advance();
    expect(search('a/x').result?.chain).toEqual(['targets', 'two']);
  });

  it('ends at a terminating role that lacks the name', async () => {
    await twoTeams({ terminating: true });
    await firstFile(repository, 'one');
    await repository.advance();
    expect(search('a/x').result).toBeUndefined();
  });

  it('ends for the siblings of every ancestor of a terminating role', async () => {
    await twoTeams();
    await firstFile(repository, 'one');
    await delegate(repository, 'one', 'deep', { paths: ['a/*'], terminating: true });
    await firstFile(repository, 'deep');
    await repository.advance();
    expect(search('a/x').result).toBeUndefined();
  });

  it('finds no name that a role was not delegated, whatever it lists', async () => {
    await delegate(repository, 'targets', 'one', { paths: ['a/*'] });
    await firstFile(repository, 'one');
    await delegate(repository, 'one', 'deep', { paths: ['*/*'] });
    await firstFile(repository, 'deep', holding('b/x'));
    await repository.advance();
    expect(search('b/x').result).toBeUndefined();
  });

  it('fails at a bad role instead of trying the next', async () => {
    await twoTeams();
    await firstFile(repository, 'one', { signers: repository.signersOf('two') });
    await repository.advance();
    expect(() => search('a/x')).toThrowError(expect.objectContaining({ code: 'signature' }));
  });

  it('says that it stopped at its limit, rather than that there is nothing', async () => {
    const { delegatedRoles } = repository.env().limits;
    for (let team = 0; team <= delegatedRoles; team += 1) await delegate(repository, 'targets', `team-${team}`, { paths: ['a/*'] });
    await repository.advance();
    expect(() => search('a/x')).toThrowError(expect.objectContaining({ code: 'limit' }));
  });

  it('ends when delegations go round in a circle', async () => {
    await delegate(repository, 'targets', 'one', { paths: ['a/*'] });
    await firstFile(repository, 'one');
    await delegate(repository, 'one', 'two', { paths: ['a/*'] });
    await firstFile(repository, 'two');
    await delegate(repository, 'two', 'one', { paths: ['a/*'], signers: repository.signersOf('one') });
    await repository.advance();
    expect(search('a/x').result).toBeUndefined();
  });

  // The snapshot states no hashes, so a server may serve two files as middle v2: one that the left delegation trusts, and one that
  // the right one does. Each delegates to the leaf with keys of its own.
  it('does not believe a role for one delegator because another of the same name and version vouched for it', async () => {
    const files = new Map<string, readonly (readonly [string, Uint8Array])[]>();
    for (const side of ['left', 'right']) {
      await delegate(repository, 'targets', side, { paths: [`${side}/*`] });
      await firstFile(repository, side);
      await delegate(repository, side, 'middle', { paths: [`${side}/*`] });
      await firstFile(repository, 'middle');
      const middle = await delegate(repository, 'middle', 'leaf', { paths: ['*/*'] });
      const leaf = await firstFile(repository, 'leaf', holding('right/x'));
      files.set(side, [
        ['2.middle.json', middle.bytes],
        ['1.leaf.json', leaf.bytes],
      ]);
    }
    await repository.snapshot({ bend: withoutHashes });
    await repository.timestamp();

    const trusted: TrustedRoles = new Map();
    const served = (side: string): Answer => answerFrom(new Map([...repository.served, ...(files.get(side) ?? [])]));
    expect(search('left/y', trusted, served('left')).result).toBeUndefined();
    const [signer] = repository.signersOf('leaf');
    expect(search('right/x', trusted, served('right')).result?.signers).toEqual([signer?.key.fingerprint]);
  });
});
