// What a draft changes, in words: the last thing that somebody sees before they sign what another has drafted. All of it was computed
// from the repository as this machine verified it.
import type { Proposal } from '@countersign/client';
import {
  type DelegationShown,
  type EntryChange,
  entryKind,
  formatInstant,
  shortFingerprint,
  type TargetEntry,
  type TargetsDifference,
} from '@countersign/core';
import { counted } from './counted.ts';
import { plain } from './plain.ts';
import { signedCustom } from './signed-custom.ts';

/** Lines for a person; undefined for a root, which is signed in a ceremony of its own. */
export function draftWords({ difference }: Pick<Proposal, 'difference'>): readonly string[] | undefined {
  if (difference.kind !== 'targets') return undefined;
  const { entries, delegations, names, order, expires } = difference;
  const lines = [
    ...entries.map(entryWords),
    ...delegations.map(delegationWords),
    ...names.map(
      ({ key, before, after }) => `  key ${shortFingerprint(key)} is called ${after ?? 'nothing'}, before ${before ?? 'nothing'}`,
    ),
    ...(isMoved(difference) ? [`  searched in the order ${order.join(', ')}`] : []),
  ];
  return [...(lines.length === 0 ? ['  nothing but a fresh expiry'] : lines), `  holds until ${formatInstant(expires.after)}`];
}

/** Whether somebody is searched after whom they stood before, or behind somebody new: whoever comes first is believed. */
function isMoved({ reordered, delegations, order }: TargetsDifference): boolean {
  const added = new Set(delegations.filter(({ before }) => before === undefined).map(({ role }) => role));
  const first = order.findIndex((role) => added.has(role));
  return reordered || (first >= 0 && order.slice(first).some((role) => !added.has(role)));
}

function entryWords({ path, before, after }: EntryChange): string {
  const name = pathWords(path);
  if (before === undefined && after !== undefined) return `  adds     ${name}  ${stands(after)}`;
  if (before !== undefined && after === undefined) return `  removes  ${name}  ${stands(before)}`;
  if (before === undefined || after === undefined) return `  leaves   ${name}`;
  const same = stands(before) === stands(after);
  return `  changes  ${name}  ${stands(before, same)}\n        to ${' '.repeat(name.length)}  ${stands(after, same)}`;
}

/**
 * The whole name, which comes from whoever drafted. Nothing in it may move the cursor; a name with spaces could look like a name with a
 * digest behind it, so it stands between quotes.
 */
const pathWords = (path: string): string => (/[\p{C}\p{Z}"\\]/u.test(path) ? plain(JSON.stringify(path)) : path);

// What images are made of; another word there is said, because it is signed.
const USUAL = /^application\/vnd\.(oci\.image\.(manifest|index)\.v1|docker\.distribution\.manifest(\.list)?\.v2)\+json$/;

/** Everything that the entry says: what is signed unseen is signed in the name of whoever signs. */
function stands(entry: TargetEntry, everything = false): string {
  const hashes = [...entry.hashes].map(([algorithm, hex]) => `${algorithm}:${hex}`).join(' ');
  const kind = entryKind(entry);
  const media = kind.kind === 'image' && (everything || !USUAL.test(kind.mediaType)) ? ` of ${plain(JSON.stringify(kind.mediaType))}` : '';
  const custom = signedCustom(entry.custom);
  const more = custom === undefined ? '' : `, with ${plain(JSON.stringify(custom))}`;
  return `${hashes}, ${counted(entry.length, 'byte')}, ${kind.kind}${media}${more}`;
}

function delegationWords({ role, before, after }: TargetsDifference['delegations'][number]): string {
  if (after === undefined) return `  takes away role ${role} with everything it signed`;
  const was = before === undefined ? '' : `, before ${holdersWords(before)}`;
  return `  ${before === undefined ? 'adds' : 'changes'} role ${role}: ${holdersWords(after)}${was}`;
}

function holdersWords({ role, threshold, keys }: DelegationShown): string {
  const names = role.scope.by === 'paths' ? role.scope.patterns.map(pathWords) : ['hash prefixes', ...role.scope.prefixes.map(pathWords)];
  const only = role.terminating ? ', and no role behind it' : '';
  return `${threshold} of ${keys.map(shortFingerprint).join(', ')} sign ${names.join(' ')}${only}`;
}
