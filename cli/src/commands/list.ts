// `list`: what is signed in a repository, as every client would find it.
import type { ListedEntry } from '@countersign/client';
import { entryKind, revocationPath, shortFingerprint } from '@countersign/core';
import { withTrust } from '../compose/trust.ts';
import { typedGun } from '../names.ts';
import { table } from '../table.ts';
import type { Handler } from '../tree/spec.ts';

export const listCommand: Handler = async (call) => {
  const gun = typedGun(call.given.argument('gun'), call);
  return withTrust(call, gun, 'first-contact', async ({ client }) => {
    const repository = await client.refresh(gun);
    const all = await repository.list();
    const entries = all.filter(({ entry }) => entryKind(entry).kind !== 'revocation');
    const denied = all.filter(({ entry }) => entryKind(entry).kind === 'revocation');
    if (entries.length === 0) call.output.say(`nothing is signed in ${gun}`);
    for (const { digest } of denied) call.output.say(`denied: ${digest ?? 'a digest that is not sha256'}`);
    // As every client looks: whatever stands in that place is a denial.
    const paths = new Set(all.map(({ path }) => path));
    const isDenied = ({ digest }: ListedEntry): boolean => digest !== undefined && paths.has(revocationPath(digest));
    const rows = entries.map((listed) => [
      listed.path,
      listed.digest ?? '-',
      String(listed.entry.length),
      listed.role,
      listed.signers.map(shortFingerprint).join(','),
      isDenied(listed) ? 'denied' : '',
    ]);
    const facts = {
      gun,
      bound: repository.bound,
      entries: entries.map((listed) => ({ ...entryFacts(listed), denied: isDenied(listed) })),
      denied: denied.map(({ digest }) => digest),
    };
    return { facts, text: table(rows) };
  });
};

function entryFacts({ path, digest, entry, role, signers }: ListedEntry): Readonly<Record<string, unknown>> {
  const kind = entryKind(entry);
  const mediaType = kind.kind === 'image' ? { mediaType: kind.mediaType } : {};
  return { name: path, digest, length: entry.length, kind: kind.kind, ...mediaType, role, signers };
}
