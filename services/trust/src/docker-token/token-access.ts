// Access by tokens of Docker's registry protocol. What was verified is remembered until it expires, because clients send one token
// with many requests, and reads of stored files must not wait for a signature.
import { excerpt } from '@countersign/core';
import type { Access, Caller } from '../access.ts';
import type { TokenSettings } from '../notary-config/settings.ts';
import type { Action, Scope } from '../rights.ts';
import type { Bundle } from './bundle.ts';
import { type Grant, grants } from './grants.ts';
import { tokenChallenge } from './token-challenge.ts';
import { type VerifiedToken, verifyToken } from './verify.ts';
import { CATALOG } from './wanted.ts';

interface Remembered {
  readonly caller: Caller;
  readonly from: number;
  readonly until: number;
}

// Tokens live for minutes: more than these are hardly in use at once, and the oldest go first.
const MOST_REMEMBERED = 1024;

export function tokenAccess(settings: TokenSettings, bundle: Bundle): Access {
  const remembered = new Map<string, Remembered>();
  return {
    recall(authorization, now) {
      const known = authorization === undefined ? undefined : remembered.get(authorization);
      return known !== undefined && known.from <= now && now < known.until ? known.caller : undefined;
    },
    async identify(authorization, now) {
      const token = /^bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i.exec(authorization ?? '')?.[1];
      const verified = token === undefined ? undefined : await verifyToken(token, settings, bundle, now);
      if (verified === undefined || authorization === undefined) return undefined;
      const caller = callerOf(verified);
      remember(remembered, authorization, { caller, from: verified.from, until: verified.until });
      return caller;
    },
    challenge: (wanted, problem) => tokenChallenge(settings, wanted, problem),
  };
}

function remember(remembered: Map<string, Remembered>, authorization: string, entry: Remembered): void {
  remembered.delete(authorization);
  const [oldest] = remembered.keys();
  if (remembered.size >= MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  remembered.set(authorization, entry);
}

function callerOf({ subject, grants: list }: VerifiedToken): Caller {
  return {
    ...(subject === '' ? { name: 'a token for everybody' } : { name: excerpt(subject), account: `subject ${excerpt(subject)}` }),
    may: (action, scope) => mayWith(list, action, scope),
  };
}

function mayWith(list: readonly Grant[], action: Action, scope: Scope): boolean {
  if (scope === '*nothing') return true;
  if (scope === '*everything') return grants(list, CATALOG.type, CATALOG.name, '*');
  return grants(list, 'repository', scope, action === 'admin' ? '*' : action);
}
