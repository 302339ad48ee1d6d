import { fileEntry, parseDigest, refresh, revocationPath, tuf } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import {
  answerFrom,
  binFile,
  binFor,
  delegate,
  drive,
  firstFile,
  type Simulator,
  simulate,
  spread,
  withMember,
} from '@countersign/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { findTarget } from './find-target.ts';

const digest = parseDigest(`sha256:${'c3'.repeat(32)}`);
const entry = fileEntry({ digest, length: 3 });

describe('a search through hash bins', () => {
  let repository: Simulator;
  beforeEach(async () => {
    repository = await simulate();
  });

  const search = (path: string) => {
    const env = repository.env();
    const answer = answerFrom(repository.served);
    const { result } = drive(refresh(repository.anchor(), undefined, env), answer);
    return drive(findTarget(result, path, new Map(), env), answer);
  };

  /** v1 in its bin, all other bins empty or absent. */
  const binned = async (bits: number, prefix = 'releases'): Promise<string> => {
    await spread(repository, 'releases', { bits, prefix });
    const bin = binFor(repository, 'releases', 'v1');
    await binFile(repository, bin, { v1: entry });
    await repository.advance();
    return bin;
  };

  it('asks for the one bin that its hash names, and says that the role above it speaks', async () => {
    const bin = await binned(9);
    const { result, needs } = search('v1');
    expect(needs.map((need) => need.path)).toEqual(['2.releases.json', `1.${bin}.json`]);
    expect(result).toMatchObject({ chain: ['targets', 'releases', bin], role: 'releases' });
  });

  it('asks for no more where there may be four thousand million', async () => {
    await binned(32, 'b');
    expect(search('v1').result?.chain).toEqual(['targets', 'releases', 'b-3bfc2695']);
    expect(search('v1').needs).toHaveLength(2);
    // No other bin is listed, so none has a file.
    expect(search('v2')).toMatchObject({ result: undefined, needs: [{}] });
  });

  it('ends there: whoever comes after the role is not asked', async () => {
    await binned(1);
    for (const bin of ['releases-0', 'releases-1']) await binFile(repository, bin);
    await delegate(repository, 'targets', 'later', { paths: ['*'] });
    await firstFile(repository, 'later', { bend: withMember(['targets'], new Map([['v9', tuf.entry(entry)]])) });
    await repository.advance();
    expect(search('v9').result).toBeUndefined();
  });

  it('finds what the role holds itself before it looks into a bin', async () => {
    await binned(4);
    const other = fileEntry({ digest, length: 4 });
    await repository.publish({ v1: other });
    expect(search('v1').result).toMatchObject({ chain: ['targets', 'releases'], entry: { length: 4 } });
  });

  it('finds no name in a bin that is not its own', async () => {
    const bin = await binned(4);
    const elsewhere = ['v2', 'v3', 'v4', 'v5'].find((path) => binFor(repository, 'releases', path) !== bin) ?? '';
    await binFile(repository, bin, { [elsewhere]: entry });
    await repository.advance();
    expect(search(elsewhere).result).toBeUndefined();
  });

  it('holds a bin to the keys that its delegator names now', async () => {
    const bin = await binned(4);
    expect(search('v1').result?.chain).toContain(bin);
    await spread(repository, 'releases', { bits: 4, signers: [generateSigner('ed25519')] });
    await repository.advance();
    expect(() => search('v1')).toThrowError(expect.objectContaining({ code: 'signature' }));
  });

  it('looks for a denial in the role above the bins, where every verification passes anyway', async () => {
    await spread(repository, 'releases', { bits: 1 });
    const path = revocationPath(digest);
    for (const bin of ['releases-0', 'releases-1']) await binFile(repository, bin, { [path]: entry });
    await repository.advance();
    expect(search(path)).toMatchObject({ result: undefined, needs: [{ path: '2.releases.json' }] });
    await repository.publish({ [path]: entry });
    expect(search(path).result?.chain).toEqual(['targets', 'releases']);
  });
});
