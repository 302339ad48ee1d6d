// `revoke`: takes a tag back, or denies a digest under every tag; or takes such a denial back.
import { PublishError, type TrustedRepository } from '@countersign/client';
import { type Digest, type Gun, type RoleName, revocationEntry, revocationPath, TrustError } from '@countersign/core';
import type { Trust } from '../compose/opened.ts';
import { withTrust } from '../compose/trust.ts';
import { confirm } from '../confirm.ts';
import { typedEntry } from '../entry-name.ts';
import { UsageError } from '../errors.ts';
import { typed } from '../given.ts';
import type { Outcome } from '../output.ts';
import { canAsk } from '../passphrase.ts';
import { type Pen, type PublishedEntries, publishEntries, publishedFacts, takePen } from '../publish-entries.ts';
import { keysHere, signersOf } from '../signing-keys.ts';
import type { Call, Handler } from '../tree/spec.ts';

export const revokeCommand: Handler = async (call) => {
  const { gun, name: tag, digest } = await typedEntry(call, call.given.argument('name'));
  if (tag !== undefined && digest !== undefined) {
    throw new UsageError('bad-arguments', 'wanted IMAGE:TAG or IMAGE@DIGEST, got both', {
      next: `countersign revoke ${gun}:${tag} takes the tag back; countersign revoke ${gun}@DIGEST denies the digest under every tag`,
    });
  }
  // Never `latest` by default: what is taken back should be named.
  if (tag === undefined && digest === undefined) {
    throw new UsageError('bad-arguments', 'wanted IMAGE:TAG, GUN:NAME or IMAGE@DIGEST, got neither a name nor a digest');
  }
  const undo = call.given.flag('undo');
  if (undo && digest === undefined) {
    throw new UsageError('bad-arguments', '--undo: wanted IMAGE@DIGEST, got a name: what was taken back is signed again with sign');
  }
  return withTrust(call, gun, 'first-contact', (trust) => {
    if (digest === undefined) return takeBack(call, trust, gun, tag ?? '');
    return undo ? allowDigest(call, trust, gun, digest) : denyDigest(call, trust, gun, digest);
  });
};

async function takeBack(call: Call, trust: Trust, gun: Gun, tag: string): Promise<Outcome> {
  const roles = await rolesToLeave(call, trust, tag);
  if (roles.length === 0) throw new TrustError('unsigned', `${gun} has no signed entry for ${tag}: there is nothing to take back`);
  await askFirst(call, `Take ${gun}:${tag} back?`);
  const done = await remove(call, trust, tag, roles);
  if (done.waits !== undefined) return notYet(gun, { gun, ...publishedFacts(done) }, `${gun}:${tag} is signed still`, done);
  call.output.say(`took back ${gun}:${tag}: it is no longer signed`);
  return { facts: { gun, revoked: tag, ...publishedFacts(done) }, text: `${gun}:${tag}` };
}

async function allowDigest(call: Call, trust: Trust, gun: Gun, digest: Digest): Promise<Outcome> {
  const path = revocationPath(digest);
  const roles = await rolesToLeave(call, trust, path);
  if (roles.length === 0) throw new TrustError('unsigned', `${digest} is not denied in ${gun}: there is nothing to take back`);
  await askFirst(call, `Allow ${digest} again under every tag of ${gun} that is signed for it?`);
  const done = await remove(call, trust, path, roles);
  if (done.waits !== undefined) return notYet(gun, { gun, ...publishedFacts(done) }, `${digest} is denied in ${gun} still`, done);
  call.output.say(`${digest} is no longer denied in ${gun}`);
  return { facts: { gun, allowed: digest, ...publishedFacts(done) }, text: `${gun}@${digest}` };
}

/**
 * Every role that holds the name, the last in the search first, and before those the ones in which only a signer's own word stands; with
 * `--as`, that one alone.
 */
async function rolesToLeave({ given }: Call, { client, gun, dialect }: Trust, path: string): Promise<readonly RoleName[]> {
  const repository = await client.standing(gun);
  const asked = await repository.holders(path);
  const holders = [...asked, ...(await silentRoles(repository, path))];
  const as = given.text('as');
  if (as === undefined || holders.length === 0) return holders.toReversed();
  const wanted = as === 'targets' ? as : typed('--as', () => dialect.roleCalled(as));
  const named = holders.filter((role) => role === wanted);
  if (named.length === 0)
    throw new TrustError(
      'unsigned',
      `role ${as.slice(0, 64)} has no entry for ${path.slice(0, 80)}, it is signed in ${holders.join(', ')}`,
    );
  return named;
}

/** Where a signer says the same under their own name, and no search asks (Docker). */
async function silentRoles(repository: TrustedRepository, path: string): Promise<readonly RoleName[]> {
  const { roles } = await repository.search(path);
  const beside = new Set([repository.usualRole, ...roles.map(({ role }) => role)].flatMap((role) => repository.beside(role)));
  return roles.flatMap(({ role, holds, reached }) => (holds && !reached && beside.has(role) ? [role] : []));
}

/** Half a revocation has revoked nothing: whoever went on after it would ship what was to be stopped. */
function notYet(gun: Gun, facts: Outcome['facts'], text: string, { role, waits }: PublishedEntries): Outcome {
  const message = `${text}, it waits in role ${role}: ${waits?.text ?? ''}; they run: countersign sign ${gun} --pending`;
  return { facts, text: '', error: new PublishError('missing-keys', message, { details: { role, missing: waits?.missing ?? [] } }) };
}

/**
 * A name that two roles hold is gone only when both let go of it, and the one that nobody sees goes first: no older entry comes up. Where
 * that one waits for others, the one in front of it stays until they have signed.
 */
async function remove(call: Call, trust: Trust, path: string, roles: readonly RoleName[]): Promise<PublishedEntries> {
  const silent = new Set(await silentRoles(await trust.client.standing(trust.gun), path));
  if (roles.some((role) => silent.has(role))) return removeTogether(call, trust, path, roles, silent);
  const pens: Pen[] = [];
  // Whoever lacks the key of one role changes none.
  for (const role of roles) pens.push(await takePen(call, trust, { role }));
  let done: PublishedEntries | undefined;
  for (const pen of pens) {
    done = await publishEntries(call, trust, pen, new Map([[path, undefined]]));
    if (done.waits !== undefined) return done;
  }
  if (done === undefined) throw new Error('a removal from no role');
  return done;
}

/**
 * Out of all of them in one publish. A role in which nobody looks is left alone where its key is not here: its signer vouches for a name
 * that no client finds.
 */
async function removeTogether(
  call: Call,
  trust: Trust,
  path: string,
  roles: readonly RoleName[],
  silent: ReadonlySet<RoleName>,
): Promise<PublishedEntries> {
  const pens: Pen[] = [];
  for (const role of roles) {
    if (!silent.has(role) || (await isSignedHere(trust, role))) pens.push(await takePen(call, trust, { role }));
    else call.output.say(`note: ${role} keeps its entry for ${path.slice(0, 80)}, where no client looks: its key is not here`);
  }
  const pen = pens.at(-1);
  if (pen === undefined) throw new Error('a removal from no role');
  const others = pens.slice(0, -1);
  const beside = { roles: others.map(({ role }) => role), signers: others.flatMap(({ signers }) => signers) };
  return publishEntries(call, trust, { ...pen, beside }, new Map([[path, undefined]]));
}

async function isSignedHere({ client, gun, folders }: Trust, role: RoleName): Promise<boolean> {
  const wanted = await signersOf(await client.standing(gun), role);
  return (await keysHere(folders, wanted)).length >= wanted.threshold;
}

async function denyDigest(call: Call, trust: Trust, gun: Gun, digest: Digest): Promise<Outcome> {
  await askFirst(call, `Deny ${digest} under every tag of ${gun}?`);
  const path = revocationPath(digest);
  const done = await publishEntries(call, trust, await takePen(call, trust, { path }), new Map([[path, revocationEntry(digest)]]));
  if (done.waits !== undefined) return notYet(gun, { gun, ...publishedFacts(done) }, `${digest} is not denied yet in ${gun}`, done);
  call.output.say(`denied ${digest} under every tag of ${gun}`);
  return { facts: { gun, revoked: digest, ...publishedFacts(done) }, text: `${gun}@${digest}` };
}

/** A person is asked; a script that spells the whole name out has said what it means. */
async function askFirst(call: Call, question: string): Promise<void> {
  if (canAsk(call.world)) await confirm(call.world, call.given, question);
}
