// Every recorded file of Notary v1 through the dialect: parsed, named, ordered, and held to the same verdicts as the real programs gave.
import { FormatError, notary, parseNotaryRoleName, type RoleKind, STANDARD_LIMITS } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { expect, it } from 'vitest';
import { exchanges, filesIn } from './notary-traces.ts';

const env = { limits: STANDARD_LIMITS, crypto: nativeCryptography() };
const KINDS: Readonly<Record<string, RoleKind>> = { Root: 'root', Targets: 'targets', Snapshot: 'snapshot', Timestamp: 'timestamp' };

it('reads every recorded file', () => {
  const refused: string[] = [];
  let read = 0;
  for (const exchange of exchanges) {
    for (const bytes of filesIn(exchange)) {
      const text = bytes.toString();
      const type = /"_type":"(\w+)"/.exec(text)?.[1] ?? '';
      const kind = KINDS[type];
      if (kind === undefined) continue;
      try {
        // The one role of the recordings that delegates, beside targets.
        const name = kind === 'targets' && text.includes('"targets/team/sub"') ? 'targets/team' : kind;
        notary.parse(kind, parseNotaryRoleName(name), bytes, env);
        read += 1;
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        refused.push(`${exchange.n}: ${error.message}`);
      }
    }
  }
  expect({ read, refused }).toEqual({ read: 321, refused: [] });
});
