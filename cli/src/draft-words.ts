// What a draft changes, in words: the last thing that somebody sees before they sign what another has drafted. All of it was computed
// from the repository as this machine verified it.
import type { Proposal } from '@countersign/client';
import { type EntryChange, entryKind, formatInstant, shortFingerprint, type TargetEntry, type TargetsDifference } from '@countersign/core';
import { plain } from './plain.ts';

/** Lines for a person; undefined for a root, which is signed in a ceremony of its own. */
export function draftWords({ difference }: Pick<Proposal, 'difference'>): readonly string[] | undefined {
  if (difference.kind !== 'targets') return undefined;
  const { entries, delegations, names, reordered, order, expires } = difference;
  const lines = [
    ...entries.map(entryWords),
    ...delegations.map(delegationWords),
    ...names.map(
      ({ key, before, after }) => `  key ${shortFingerprint(key)} is called ${after ?? 'nothing'}, before ${before ?? 'nothing'}`,
    ),
    ...(reordered ? [`  searched in the order ${order.join(', ')}`] : []),
  ];
  return [...(lines.length === 0 ? ['  nothing but a fresh expiry'] : lines), `  holds until ${formatInstant(expires.after)}`];
}

/** Names come from whoever drafted: nothing in them may move the cursor. */
function entryWords({ path, before, after }: EntryChange): string {
  const name = plain(path.slice(0, 200));
  if (before === undefined && after !== undefined) return `  adds     ${name}  ${stands(after)}`;
  if (before !== undefined && after === undefined) return `  removes  ${name}  ${stands(before)}`;
  if (before === undefined || after === undefined) return `  leaves   ${name}`;
  return `  changes  ${name}  ${stands(before)}\n        to ${' '.repeat(name.length)}  ${stands(after)}`;
}

const stands = (entry: TargetEntry): string =>
  `${[...entry.hashes].map(([algorithm, hex]) => `${algorithm}:${hex}`).join(' ')}, ${entry.length} bytes, ${entryKind(entry).kind}`;

function delegationWords({ role, before, after }: TargetsDifference['delegations'][number]): string {
  if (after === undefined) return `  takes away role ${role} with everything it signed`;
  const keys = after.keys.map(shortFingerprint).join(', ');
  const paths = after.role.scope.by === 'paths' ? after.role.scope.patterns.join(' ') : 'hash prefixes';
  const only = after.role.terminating ? ', and no role behind it' : '';
  return `  ${before === undefined ? 'adds' : 'changes'} role ${role}: ${after.threshold} of ${keys} sign ${plain(paths)}${only}`;
}
