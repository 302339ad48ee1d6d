// The fail-open hunt: every member of every signed file, changed so that the check which needs it has nothing to hold on to. The
// rightful keys sign what came out, and the files that name it say so: nothing else can be the reason for a refusal.
import type { Floor, JsonObject, JsonValue } from '@countersign/core';
import { type MemberPath, type Simulator, withoutHashes } from '@countersign/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileOf, pathOf, ROLES, type Role, resigned } from '../attacks/victims/story.ts';
import { expectHarmless, FAR_AHEAD, type Harmless, SIGNED_AS_NO_ROLE, SIGNED_FOR_NO_NAME } from './harmless.ts';
import { mutationsOf, placeName, placesIn, writtenTwice } from './mutations.ts';
import { codeOf, completeRepository, memoryOf, signedOf, verifyImage } from './setting.ts';

const VERSIONS_ALONE = 'TUF 1.0.34 §4.4 lets a file be named by its version alone; its signatures and version are checked all the same';

const HARMLESS: Readonly<Record<Role, Harmless>> = {
  root: [
    [/^version: the largest number$/, 'nobody asks for it: the next root is asked for by its version'],
    [/^x-countersign\.names: twice in an array$/, 'the same names'],
  ],
  timestamp: [
    FAR_AHEAD,
    [/^meta\.snapshot\.json\.(length|hashes): missing$/, VERSIONS_ALONE],
    [/^x-countersign\.record\.seq: the largest number$/, 'news, by the only key that could say so'],
  ],
  // Lengths and hashes that were stated once are not left out later.
  snapshot: [FAR_AHEAD],
  targets: [
    FAR_AHEAD,
    SIGNED_FOR_NO_NAME,
    SIGNED_AS_NO_ROLE,
    [/^delegations\.roles\.0\.paths\.1: /, 'a delegation that covers fewer names, or other ones than v1'],
    [/^delegations\.roles\.0\.paths: twice in an array$/, 'the same names'],
    [/^delegations\.roles\.0\.terminating: true$/, 'no role comes after this one'],
  ],
  releases: [
    FAR_AHEAD,
    SIGNED_FOR_NO_NAME,
    SIGNED_AS_NO_ROLE,
    [
      /^targets\.v1\.custom(\.countersign)?: (missing|an empty object|in an object)$/,
      'an entry as other tools sign them: it states no kind',
    ],
    [/^targets\.v1\.custom\.countersign\.mediaType: /, 'another type, which the client holds against what the registry serves'],
  ],
};

let repository: Simulator;
let floor: Floor;
beforeAll(async () => {
  repository = await completeRepository();
  floor = memoryOf(repository);
});

describe.each(ROLES)('%s', (role) => {
  it('is refused whatever its checks are robbed of', async () => {
    const accepted: string[] = [];
    for (const { place, name, bend } of mutationsOf(signedOf(repository, role))) {
      const fork = repository.fork();
      await resigned(fork, role, { bend });
      if (codeOf(() => verifyImage(fork, fork.served, floor)) === undefined) accepted.push(`${place}: ${name}`);
    }
    expectHarmless(accepted, HARMLESS[role]);
  });

  // The signature holds, whichever of the two is taken: only the reader can refuse it.
  it('is refused when any member stands there twice', async () => {
    const fork = repository.fork();
    await resigned(fork, role, {}, { snapshot: withoutHashes, timestamp: withoutHashes });
    const file = new Map<string, JsonValue>([
      ['signatures', signaturesOf(fileOf(fork, role))],
      ['signed', signedOf(fork, role)],
    ]);
    const isMember = (path: MemberPath): boolean => typeof path.at(-1) === 'string';
    for (const path of placesIn(file).filter(isMember)) {
      const served = new Map(fork.served);
      served.set(pathOf(fork, role), new TextEncoder().encode(writtenTwice(file, path)));
      const code = codeOf(() => verifyImage(fork, served, undefined));
      expect([placeName(path), code]).toEqual([placeName(path), 'malformed']);
    }
    const whole = new TextEncoder().encode(writtenTwice(file, []));
    expect(codeOf(() => verifyImage(fork, new Map([...fork.served, [pathOf(fork, role), whole]]), undefined))).toBeUndefined();
  });
});

function signaturesOf(file: Uint8Array): JsonValue {
  const { signatures } = JSON.parse(new TextDecoder().decode(file)) as { signatures: readonly Readonly<Record<string, string>>[] };
  return signatures.map((signature): JsonObject => new Map(Object.entries(signature)));
}
