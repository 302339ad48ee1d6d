// A verdict for people and for programs.
import type { Verdict } from '@countersign/client';
import { formatInstant, shortFingerprint } from '@countersign/core';
import type { Output } from './output.ts';
import { plain } from './plain.ts';
import { customFacts } from './signed-custom.ts';

export const verdictFacts = (verdict: Verdict): Readonly<Record<string, unknown>> => ({
  verdict: 'trusted',
  gun: verdict.gun,
  name: verdict.name,
  digest: verdict.digest,
  length: verdict.length,
  ...(verdict.mediaType === undefined ? {} : { mediaType: verdict.mediaType }),
  ...customFacts(verdict.custom),
  role: verdict.role,
  signers: verdict.signers,
  ...(verdict.identity === undefined ? {} : { identity: verdict.identity }),
  bound: verdict.bound,
  rootVersion: verdict.rootVersion,
  freshUntil: formatInstant(verdict.timestampExpires),
});

/** Who says so, and until when, on stderr. */
export function sayVerdict(output: Output, verdict: Verdict): void {
  if (output.format === 'json') return;
  const { paint } = output;
  const signers = verdict.signers.map(shortFingerprint).join(', ');
  output.say(`${paint.green('trusted')}  ${verdict.gun}:${plain(verdict.name)} is ${verdict.digest}`);
  output.say(`  signed by ${signers} in role ${verdict.role}, root v${verdict.rootVersion}`);
  output.say(`  fresh until ${formatInstant(verdict.timestampExpires)}${verdict.bound ? '' : ', not bound to its repository'}`);
}
