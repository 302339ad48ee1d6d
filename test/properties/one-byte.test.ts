// One byte of any trusted file, changed, taken out or put in: the file is refused, or what was signed is still the same and enough
// keys still vouch for it.
import { equalBytes, type RoleName } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { roleName, type Simulator, withoutHashes } from '@countersign/testkit';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileOf, held, pathOf, published, ROLES, type Role, resigned } from '../attacks/victims/story.ts';
import { codeOf, verifyImage } from '../fail-open/setting.ts';

interface Change {
  /** From 0 to 1: where in the file. */
  readonly place: number;
  readonly byte: number;
  readonly how: 'replace' | 'insert' | 'remove';
}

const changes: fc.Arbitrary<Change> = fc.record({
  place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  // Bytes that mean something in JSON, and any other.
  byte: fc.oneof(fc.constantFrom(...[...' \t\n\r{}[]:,"\\/-+.eE0123456789truefalsn'].map((char) => char.charCodeAt(0))), fc.nat(255)),
  how: fc.constantFrom<Change['how'][]>('replace', 'insert', 'remove'),
});

function changed(file: Uint8Array, { place, byte, how }: Change): Uint8Array {
  const at = Math.floor(file.length * place);
  const behind = file.subarray(how === 'insert' ? at : at + 1);
  return Uint8Array.of(...file.subarray(0, at), ...(how === 'remove' ? [] : [byte]), ...behind);
}

/** Every role held by two keys, of which one is enough: so that some changes may do no harm. */
async function repositoryOfPairs(): Promise<Simulator> {
  const repository = await published(['v1']);
  for (const role of ROLES) await held(repository, role, [generateSigner('ed25519'), generateSigner('ecdsa-p256')], 1);
  return repository;
}

const kindOf = (role: Role) => (role === 'releases' ? 'targets' : role);

function check(repository: Simulator, role: Role): void {
  const file = fileOf(repository, role);
  const path = pathOf(repository, role);
  const name: RoleName = roleName(role);
  const { signedBytes } = repository.parsed(kindOf(role), name, file);
  const holds = (change: Change): void => {
    const bytes = changed(file, change);
    if (equalBytes(bytes, file)) return;
    const served = new Map([...repository.served, [path, bytes]]);
    if (codeOf(() => verifyImage(repository, served, undefined)) !== undefined) return;
    // It was accepted: then it says what it said, to the byte.
    expect(equalBytes(repository.parsed(kindOf(role), name, bytes).signedBytes, signedBytes)).toBe(true);
  };
  fc.assert(fc.property(changes, holds), { numRuns: 150 });
}

describe.each(ROLES)('one byte of %s', (role) => {
  let repository: Simulator;
  beforeAll(async () => {
    repository = await repositoryOfPairs();
  });

  it('changes nothing that is believed', () => check(repository, role));

  it('changes nothing that is believed, where no hash speaks of the file', async () => {
    await resigned(repository, 'targets', {}, { snapshot: withoutHashes, timestamp: withoutHashes });
    check(repository, role);
  });
});

it('some of these changes do no harm, or the property would say nothing', async () => {
  const repository = await repositoryOfPairs();
  const file = fileOf(repository, 'timestamp');
  const at = new TextDecoder().decode(file).indexOf('"sig":"') + '"sig":"'.length;
  const served = new Map([
    ...repository.served,
    ['timestamp.json', changed(file, { place: (at + 0.5) / file.length, byte: 0x78, how: 'replace' })],
  ]);
  expect(codeOf(() => verifyImage(repository, served, undefined))).toBeUndefined();
});
