// `revoke`: takes a tag back, or denies a digest under every tag.
import { type Digest, type Gun, parseRoleName, revocationEntry, revocationPath, TrustError } from '@countersign/core';
import type { Trust } from '../compose/opened.ts';
import { withTrust } from '../compose/trust.ts';
import { confirm } from '../confirm.ts';
import { typedEntry } from '../entry-name.ts';
import { UsageError } from '../errors.ts';
import type { Outcome } from '../output.ts';
import { canAsk } from '../passphrase.ts';
import { publishEntries, publishedFacts, takePen } from '../publish-entries.ts';
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
  return withTrust(call, gun, 'first-contact', (trust) => {
    if (digest !== undefined) return denyDigest(call, trust, gun, digest);
    return takeBack(call, trust, gun, tag ?? '');
  });
};

async function takeBack(call: Call, trust: Trust, gun: Gun, tag: string): Promise<Outcome> {
  const repository = await trust.client.standing(gun);
  const target = await repository.find(tag);
  if (target === undefined) throw new TrustError('unsigned', `${gun} has no signed entry for ${tag}: there is nothing to take back`);
  const role = parseRoleName(target.chain.at(-1) ?? 'targets');
  await askFirst(call, `Take ${gun}:${tag} back?`);
  const done = await publishEntries(call, trust, await takePen(call, trust, role), new Map([[tag, undefined]]));
  call.output.say(`took back ${gun}:${tag}: it is no longer signed`);
  return { facts: { gun, revoked: tag, ...publishedFacts(done) }, text: `${gun}:${tag}` };
}

async function denyDigest(call: Call, trust: Trust, gun: Gun, digest: Digest): Promise<Outcome> {
  await askFirst(call, `Deny ${digest} under every tag of ${gun}?`);
  const done = await publishEntries(call, trust, await takePen(call, trust), new Map([[revocationPath(digest), revocationEntry(digest)]]));
  call.output.say(`denied ${digest} under every tag of ${gun}`);
  return { facts: { gun, revoked: digest, ...publishedFacts(done) }, text: `${gun}@${digest}` };
}

/** A person is asked; a script that spells the whole name out has said what it means. */
async function askFirst(call: Call, question: string): Promise<void> {
  if (canAsk(call.world)) await confirm(call.world, call.given, question);
}
