// TUF 1.0.34 §1.5.2, key compromise: fewer keys than the threshold must mean nothing, however they are dressed up.
import { type JsonObject, jsonObject, type Signer } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { aliased, type Bend, delegate, judge, memberAt, withMember, withoutHashes, withSignatures } from '@countersign/testkit';
import { describe, expect, it } from 'vitest';
import { fileOf, held, image, pathOf, published, ROLES, type Role, resigned } from './victims/story.ts';
import { against, againstCore, refusal } from './victims/victims.ts';

const two = (): readonly [Signer, Signer] => [generateSigner('ed25519'), generateSigner('ecdsa-p256')];
const UPLOADED = ['root', 'targets', 'releases'] as const;

against('refuses fewer keys than the threshold', (start) => {
  it.each(ROLES)('one of two for %s', async (role) => {
    const repository = await published(['v1']);
    const [one, other] = two();
    await held(repository, role, [one, other], 2);
    const victim = await start(repository);
    expect(await victim.verify('v1')).toBe(image('v1').digest);
    for (const signers of [[one], [other]]) {
      await resigned(repository, role, { signers });
      expect(await refusal(victim.verify('v1'))).toBe('signature');
    }
  });

  it.each(ROLES)('one of two for %s, beside a signature that is not its own', async (role) => {
    const repository = await published(['v1']);
    const [one, other] = two();
    await held(repository, role, [one, other], 2);
    await resigned(repository, role, { signers: [one] }, { snapshot: withoutHashes, timestamp: withoutHashes });
    const victim = await start(repository);
    const forged = withSignatures(fileOf(repository, role), ([first]) => [
      first ?? new Map(),
      jsonObject({ keyid: other.key.keyid, sig: memberAt(first, ['sig']) }),
    ]);
    victim.instead.set(pathOf(repository, role), forged);
    expect(await refusal(victim.verify('v1'))).toBe('signature');
  });

  it.each(ROLES)('a key that was replaced, in a higher version of %s', async (role) => {
    const repository = await published(['v1']);
    const before = repository.signersOf(role);
    await held(repository, role, [generateSigner('ed25519')], 1);
    const victim = await start(repository);
    expect(await victim.verify('v1')).toBe(image('v1').digest);
    await resigned(repository, role, { signers: before });
    expect(await refusal(victim.verify('v1'))).toBe('signature');
  });
});

against('believes no key that a newer root took away', (start) => {
  it.each(['timestamp', 'snapshot', 'targets'] as const)('of %s, although nothing else has changed', async (role) => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    expect(await victim.verify('v1')).toBe(image('v1').digest);
    await repository.rotate(new Map([[role, [generateSigner('ed25519')]]]));
    expect(await refusal(victim.verify('v1'))).toBe('signature');
    await resigned(repository, role);
    expect(await victim.verify('v1')).toBe(image('v1').digest);
  });

  it('nor one that a delegator took away', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    expect(await victim.verify('v1')).toBe(image('v1').digest);
    await delegate(repository, 'targets', 'releases', { paths: ['*'] });
    await repository.advance();
    expect(await refusal(victim.verify('v1'))).toBe('signature');
  });
});

againstCore('refuses the key of another role', (start) => {
  const pairs = ROLES.flatMap((key) => ROLES.filter((role) => role !== key).map((role) => [key, role] as const));
  it.each(pairs)('of %s under %s', async (key, role) => {
    const repository = await published(['v1']);
    await resigned(repository, role, { signers: repository.signersOf(key) }, { snapshot: withoutHashes, timestamp: withoutHashes });
    const victim = await start(repository);
    expect(await refusal(victim.verify('v1'))).toBe('signature');
  });
});

/** The same key, spelled in other ways that some clients take for another key. */
const spellings: readonly (readonly [string, 'ed25519' | 'ecdsa-p256', (object: JsonObject) => JsonObject])[] = [
  ['the same', 'ed25519', (object) => object],
  ['upper-case hex', 'ed25519', publicAs((text) => text.toUpperCase())],
  ['white space at the end', 'ed25519', publicAs((text) => `${text} `)],
  ['an unknown member', 'ed25519', (object) => withMember(['x-owner'], 'somebody')(object)],
  ['another key type', 'ed25519', (object) => withMember(['keytype'], 'ecdsa')(object)],
  ['the same', 'ecdsa-p256', (object) => object],
  ['the older key type', 'ecdsa-p256', (object) => withMember(['keytype'], 'ecdsa-sha2-nistp256')(object)],
  ['no final newline', 'ecdsa-p256', publicAs((text) => text.trimEnd())],
  ['Windows line ends', 'ecdsa-p256', publicAs((text) => text.replaceAll('\n', '\r\n'))],
  ['a blank line before', 'ecdsa-p256', publicAs((text) => `\n${text}`)],
];

function publicAs(change: (text: string) => string): (object: JsonObject) => JsonObject {
  return (object) => withMember(['keyval', 'public'], change(String(memberAt(object, ['keyval', 'public']))))(object);
}

/** Both names of one key in the file that says who holds the role, and the alias's spelling with it. */
const asTwo = (role: Role, alias: Signer): Bend =>
  withMember(role === 'releases' ? ['delegations', 'keys', alias.key.keyid] : ['keys', alias.key.keyid], alias.key.object);

againstCore('counts one key under two names once', (start) => {
  for (const role of ROLES) {
    it.each(spellings)(`${role}: %s %s`, async (_, kind, respell) => {
      const repository = await published(['v1']);
      const signer = generateSigner(kind);
      const alias = aliased(signer, 'alias', respell(signer.key.object));
      await held(repository, role, [signer, alias], 2, asTwo(role, alias));
      const victim = await start(repository);
      expect(await refusal(victim.verify('v1'))).toBe('signature');
    });
  }
});

against('counts one key under two names once', (start) => {
  it.each(ROLES)('for %s', async (role) => {
    const repository = await published(['v1']);
    const signer = generateSigner('ed25519');
    await held(repository, role, [signer, aliased(signer, 'alias')], 2);
    const victim = await start(repository);
    expect(await refusal(victim.verify('v1'))).toBe('signature');
  });
});

describe('the server refuses', () => {
  it.each(UPLOADED)('%s signed by one key of two', async (role) => {
    const standing = await published(['v1']);
    const [one, other] = two();
    await held(standing, role, [one, other], 2);
    const draft = standing.fork();
    await resigned(draft, role, { signers: [one] });
    expect(await refusal(() => judge({ gun: standing.gun, standing, parts: { [role]: fileOf(draft, role) } }))).toBe('signature');
  });

  it.each(UPLOADED)('%s signed by every key but its own', async (role) => {
    const standing = await published(['v1']);
    const draft = standing.fork();
    const signers = ROLES.filter((other) => other !== role).flatMap((other) => [...standing.signersOf(other)]);
    await resigned(draft, role, { signers });
    expect(await refusal(() => judge({ gun: standing.gun, standing, parts: { [role]: fileOf(draft, role) } }))).toBe('signature');
  });

  it.each(['root', 'targets', 'releases'] as const)('to give %s to one key under two names', async (role) => {
    const standing = await published(['v1']);
    const draft = standing.fork();
    const signer = generateSigner('ed25519');
    await held(draft, role, [signer, aliased(signer, 'alias')], 2);
    const parts = Object.fromEntries(['root', 'targets', 'releases'].map((name) => [name, fileOf(draft, name as Role)]));
    const changed = Object.entries(parts).filter(([name, bytes]) => bytes !== fileOf(standing, name as Role));
    const code = await refusal(() => judge({ gun: standing.gun, standing, parts: Object.fromEntries(changed) }));
    expect(['impossible-role', 'signature']).toContain(code);
  });
});
