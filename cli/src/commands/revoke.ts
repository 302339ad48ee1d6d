// `revoke`: takes a tag back, or denies a digest under every tag; or takes such a denial back.
import { PublishError } from '@countersign/client';
import { type Digest, type Gun, type RoleName, revocationEntry, revocationPath, TrustError } from '@countersign/core';
import type { Trust } from '../compose/opened.ts';
import { withTrust } from '../compose/trust.ts';
import { confirm } from '../confirm.ts';
import { typedEntry } from '../entry-name.ts';
import { UsageError } from '../errors.ts';
import type { Outcome } from '../output.ts';
import { canAsk } from '../passphrase.ts';
import { type Pen, type PublishedEntries, publishEntries, publishedFacts, takePen } from '../publish-entries.ts';
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

/** Every role that holds the name, the last in the search first; with `--as`, that one alone. */
async function rolesToLeave({ given }: Call, { client, gun }: Trust, path: string): Promise<readonly RoleName[]> {
  const holders = await (await client.standing(gun)).holders(path);
  const as = given.text('as');
  if (as === undefined || holders.length === 0) return holders.toReversed();
  const named = holders.filter((role) => String(role) === as);
  if (named.length === 0)
    throw new TrustError(
      'unsigned',
      `role ${as.slice(0, 64)} has no entry for ${path.slice(0, 80)}, it is signed in ${holders.join(', ')}`,
    );
  return named;
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
