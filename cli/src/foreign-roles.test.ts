// Repositories that others made: one key under two ids in a role, and one role that two teams delegate to, each to keys of its own.
import { join } from 'node:path';
import { type Instant, pinText, type Signer } from '@countersign/core';
import { generateSigner, keyFolder, type LocalSigner } from '@countersign/signers';
import { aliased, delegate, firstFile, type MetadataServer, type Simulator, simulate, startMetadataServer } from '@countersign/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Machine, machine, type Result } from './testing/machine.ts';

let repository: Simulator;
let server: MetadataServer;
let me: Machine;
let [one, two]: LocalSigner[] = [];
const here = (signer: LocalSigner | undefined): LocalSigner => {
  if (signer === undefined) throw new Error('no signer');
  return signer;
};

beforeEach(async () => {
  repository = await simulate();
  me = await machine();
  [one, two] = [generateSigner('ed25519'), generateSigner('ed25519')];
  for (const [label, signer] of Object.entries({ one: here(one), two: here(two) }))
    await keyFolder(join(me.trustDir, 'keys')).add(signer, 'correct horse', { create: 'refuse', label });
});
afterEach(async () => {
  await server.close();
  await me.remove();
});

async function show(): Promise<(...words: string[]) => Promise<Result>> {
  await repository.advance();
  server = await startMetadataServer(new Map([[repository.gun, repository]]));
  me.now = () => repository.now as Instant;
  const [pin] = repository.anchor().pins;
  const pinned = pin?.by === 'digest' ? pinText(pin) : '';
  return async (...words) => {
    const result = await me.run(...words, '--server', server.url.href, '--root-pin', pinned, '--output', 'json');
    expect(result.exit, `${words.join(' ')}\n${result.stdout}${result.stderr}`).toBe(0);
    return result;
  };
}

type Uses = readonly {
  readonly label: string;
  readonly signs: readonly { readonly role: string; readonly of: number; readonly threshold: number }[];
}[];
const signs = ({ json }: Result): object =>
  Object.fromEntries(
    (json['keys'] as Uses).map(({ label, signs: uses }) => [
      label,
      uses.map(({ role, threshold, of }) => `${role}: ${threshold} of ${of}`),
    ]),
  );

describe('one key under two ids in a role', () => {
  it('is one key wherever it is shown, and one signer', async () => {
    const signers: readonly Signer[] = [here(one), aliased(here(one), 'another-name'), here(two)];
    await delegate(repository, 'targets', 'team', { paths: ['t-*'], signers, threshold: 2 });
    await firstFile(repository, 'team', { signers });
    const ask = await show();
    const fingerprints = [here(one), here(two)].map(({ key }) => ({ fingerprint: key.fingerprint }));
    const keys = fingerprints.map(({ fingerprint }) => fingerprint);
    const listed = await ask('signer', 'list', repository.gun);
    expect((listed.json['roles'] as { readonly role: string }[]).find(({ role }) => role === 'team')).toMatchObject({
      threshold: 2,
      signers: fingerprints,
    });
    const { json } = await ask('inspect', repository.gun);
    const team = (json['delegations'] as { readonly role: string }[]).find(({ role }) => role === 'team');
    expect(team).toMatchObject({ threshold: 2, keys, published: { signers: keys } });
    expect(signs(await ask('key', 'list', '--repo', repository.gun))).toEqual({ one: ['team: 2 of 2'], two: ['team: 2 of 2'] });
  });
});

describe('a role that two teams delegate to', () => {
  it('is shown once for each, with the keys that each of them trusts', async () => {
    for (const [side, signer] of [
      ['left', here(one)],
      ['right', here(two)],
    ] as const) {
      await delegate(repository, 'targets', side, { paths: [`${side}-*`] });
      await firstFile(repository, side);
      await delegate(repository, side, 'shared', { paths: [`${side}-*`], signers: [signer] });
    }
    await firstFile(repository, 'shared', { signers: [here(one), here(two)] });
    const ask = await show();
    const listed = await ask('signer', 'list', repository.gun);
    expect((listed.json['roles'] as { readonly role: string }[]).filter(({ role }) => role === 'shared')).toMatchObject([
      { delegator: 'left', paths: ['left-*'], signers: [{ fingerprint: here(one).key.fingerprint }] },
      { delegator: 'right', paths: ['right-*'], signers: [{ fingerprint: here(two).key.fingerprint }] },
    ]);
    // Each of the two keys may sign it: neither is shown as one that may sign nothing.
    expect(signs(await ask('key', 'list', '--repo', repository.gun))).toEqual({ one: ['shared: 1 of 1'], two: ['shared: 1 of 1'] });
  });
});
