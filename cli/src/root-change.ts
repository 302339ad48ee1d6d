// From what a person typed to who holds a role from now on. What no client could ever follow is refused here, before anybody signs.
import type { CeremonyChange, TrustedRepository } from '@countersign/client';
import { type Fingerprint, formatInstant, type Instant, type PublicKey, parseInstant, shortFingerprint } from '@countersign/core';
import { counted } from './counted.ts';
import { UsageError } from './errors.ts';
import { typed } from './given.ts';
import { givenPublicKey } from './given-public-key.ts';
import type { Call } from './tree/spec.ts';

/** Throws UsageError `bad-arguments` for a change that changes nothing, and for one that would end the repository. */
export async function typedChange(call: Call, repository: TrustedRepository): Promise<CeremonyChange> {
  const { given, world } = call;
  const role = given.text('role') === 'targets' ? 'targets' : 'root';
  const standing = repository.roles[role];
  const keys: (PublicKey | Fingerprint)[] = [...standing.keys];
  for (const words of given.texts('replace')) {
    const [old = '', pub] = cut(words);
    if (pub === undefined) throw new UsageError('bad-arguments', `--replace: wanted KEY=PUB, got ${words.slice(0, 80)}`);
    const at = keys.indexOf(keyIn(standing.keys, old, role, '--replace'));
    keys[at] = await newKey(call, pub, repository, keys, '--replace');
  }
  for (const words of given.texts('remove-key')) {
    const at = keys.indexOf(keyIn(standing.keys, words, role, '--remove-key'));
    if (at < 0) throw new UsageError('bad-arguments', `--remove-key: ${words.slice(0, 80)} is replaced already`);
    keys.splice(at, 1);
  }
  for (const words of given.texts('add-key')) keys.push(await newKey(call, words, repository, keys, '--add-key'));
  const threshold = given.whole('threshold', 1) ?? standing.threshold;
  if (threshold > keys.length)
    throw new UsageError(
      'bad-arguments',
      `${counted(threshold, 'signature')} of ${counted(keys.length, 'key')}: nobody could ever publish a ${role} again`,
      {
        next: `give --threshold, at most ${keys.length}, or more keys`,
      },
    );
  const expires = typedExpiry(given.text('expires'), world.now());
  const changed =
    threshold !== standing.threshold || keys.some((key, at) => key !== standing.keys[at]) || keys.length !== standing.keys.length;
  if (!changed && expires === undefined)
    throw new UsageError('bad-arguments', `this changes nothing: ${role} is held by these keys already`, {
      next: 'name keys with --add-key, --remove-key or --replace, or give --threshold or --expires',
    });
  return { kind: 'ceremony', roles: changed ? [{ role, keys, threshold }] : [], ...(expires === undefined ? {} : { expires }) };
}

/** A label may hold no `=`, a path may. */
function cut(words: string): readonly [string, string | undefined] {
  const at = words.indexOf('=');
  return at < 0 ? [words, undefined] : [words.slice(0, at), words.slice(at + 1)];
}

function keyIn(keys: readonly Fingerprint[], words: string, role: string, option: string): Fingerprint {
  const digits = words.toLowerCase();
  const [found, ...others] = /^[0-9a-f]{6,64}$/.test(digits) ? keys.filter((key) => key.startsWith(digits)) : [];
  if (found !== undefined && others.length === 0) return found;
  throw new UsageError('bad-arguments', `${option}: ${role} has no one key ${words.slice(0, 80)}`, {
    next: `it has ${keys.map(shortFingerprint).join(', ')}; six digits or more name one`,
  });
}

/** A key that is not one of the role yet, and none that the server signs with: whoever reaches the server would hold the root. */
async function newKey(
  call: Call,
  words: string,
  { roles, gun }: TrustedRepository,
  keys: readonly (PublicKey | Fingerprint)[],
  option: string,
): Promise<PublicKey> {
  const key = await givenPublicKey(call, words);
  const { fingerprint } = key;
  if (keys.some((one) => (typeof one === 'string' ? one : one.fingerprint) === fingerprint))
    throw new UsageError('bad-arguments', `${option}: key ${shortFingerprint(fingerprint)} is there already: a key counts once`);
  for (const server of [roles.snapshot, roles.timestamp])
    if (server.keys.includes(fingerprint))
      throw new UsageError(
        'bad-arguments',
        `${option}: key ${shortFingerprint(fingerprint)} is the trust server's, it signs ${server.role} of ${gun}`,
      );
  return key;
}

function typedExpiry(text: string | undefined, now: Instant): Instant | undefined {
  if (text === undefined) return undefined;
  const expires = typed('--expires', () => parseInstant(text, '--expires'));
  if (expires > now) return expires;
  throw new UsageError('bad-arguments', `--expires: ${text} is over, now is ${formatInstant(now)}`);
}
