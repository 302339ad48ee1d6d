// The same hunt on the way in: what the server would pass on to everybody.
import { judge, type Simulator } from '@countersign/testkit';
import { beforeAll, describe, it } from 'vitest';
import { fileOf, resigned } from '../attacks/victims/story.ts';
import { expectHarmless, type Harmless, SIGNED_FOR_NO_NAME } from './harmless.ts';
import { mutationsOf } from './mutations.ts';
import { codeOf, completeRepository, signedOf } from './setting.ts';

const OWN_BUSINESS = 'what a signer says of an entry is between the signer and its readers, who refuse what they do not understand';

const HARMLESS: Readonly<Record<'root' | 'targets' | 'releases', Harmless>> = {
  root: [
    [/^consistent_snapshot: (false|missing)$/, 'the newest files are served without versions in their names too'],
    [/^x-countersign\.names: twice in an array$/, 'the same names'],
  ],
  targets: [
    SIGNED_FOR_NO_NAME,
    [/^delegations(\.roles)?(\.0)?: (missing|an empty array)$/, 'an owner may delegate to nobody'],
    [/^delegations\.roles\.0\.name: a string$/, 'an owner may delegate to somebody else'],
    [/^delegations\.roles\.0\.paths/, 'an owner may delegate other names, as long as all clients read the pattern alike'],
    [/^delegations\.roles\.0\.terminating: true$/, 'an owner may end searches here'],
  ],
  releases: [
    SIGNED_FOR_NO_NAME,
    [/^targets(\.v1)?: (missing|an empty object)$/, 'a signer may sign nothing'],
    [/^targets\.v1\.length: (zero|the largest number)$/, 'nothing of that length has these hashes'],
    [/^targets\.v1\.custom/, OWN_BUSINESS],
  ],
};

let repository: Simulator;
beforeAll(async () => {
  repository = await completeRepository();
});

describe.each(['root', 'targets', 'releases'] as const)('%s', (role) => {
  it('is refused by the server whatever its checks are robbed of', async () => {
    const accepted: string[] = [];
    for (const { place, name, bend } of mutationsOf(signedOf(repository, role))) {
      const fork = repository.fork();
      await resigned(fork, role, { bend });
      const parts = { [role]: fileOf(fork, role) };
      if (codeOf(() => judge({ gun: repository.gun, standing: repository, parts })) === undefined) accepted.push(`${place}: ${name}`);
    }
    expectHarmless(accepted, HARMLESS[role]);
  });
});
