// The one table from error codes to exit statuses. It is complete by type: a code that a package adds does not compile
// before it has a status here. Only types are imported, so that this table loads nothing.
import type { PublishCode, ServerCode, StateCode } from '@countersign/client';
import type { FormatCode, ReviewCode, TrustCode } from '@countersign/core';
import type { FetchCode } from '@countersign/http';
import type { RegistryCode } from '@countersign/registry';
import type { SetupCode } from '@countersign/signer-server';
import type { KeyCode } from '@countersign/signers';
import type { StoreCode } from '@countersign/store';
import type { StartCode } from '@countersign/trust-server';
import type { CommandCode, UsageCode } from './errors.ts';

/** What each exit status is called, in JSON and in docs/reference/cli.md. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  declined: 3,
  auth: 4,
  unsigned: 10,
  'not-found': 11,
  signature: 12,
  expired: 13,
  rollback: 14,
  mismatch: 15,
  policy: 16,
  revoked: 17,
  'untrusted-root': 18,
  equivocation: 19,
  unreachable: 20,
  conflict: 21,
  interrupted: 130,
} as const;

export type ExitName = keyof typeof EXIT;
export type ExitCode = (typeof EXIT)[ExitName];

/** Every error family, by the `name` of its class, with its codes. */
export interface Families {
  readonly FormatError: FormatCode;
  readonly TrustError: TrustCode;
  readonly ReviewError: ReviewCode;
  readonly FetchError: FetchCode;
  readonly RegistryError: RegistryCode;
  readonly StateError: StateCode;
  readonly ServerError: ServerCode;
  readonly PublishError: PublishCode;
  readonly KeyError: KeyCode;
  readonly StoreError: StoreCode;
  readonly StartError: StartCode;
  readonly SetupError: SetupCode;
  readonly UsageError: UsageCode;
  readonly CommandError: CommandCode;
}

export type Family = keyof Families;

export const EXIT_NAMES: { readonly [Name in Family]: Readonly<Record<Families[Name], ExitName>> } = {
  FormatError: { malformed: 'failed', 'too-large': 'failed', 'invalid-name': 'failed' },
  TrustError: {
    signature: 'signature',
    expired: 'expired',
    clock: 'expired',
    rollback: 'rollback',
    mismatch: 'mismatch',
    'untrusted-root': 'untrusted-root',
    'wrong-repository': 'untrusted-root',
    equivocation: 'equivocation',
    missing: 'unreachable',
    unsigned: 'unsigned',
    revoked: 'revoked',
    'wrong-kind': 'mismatch',
    policy: 'policy',
    'strange-draft': 'mismatch',
    limit: 'failed',
  },
  ReviewError: {
    conflict: 'conflict',
    'wrong-version': 'conflict',
    'refused-upload': 'failed',
    'unknown-role': 'failed',
    'impossible-role': 'failed',
    'unsafe-name': 'failed',
    'server-key': 'failed',
    'orphaned-role': 'failed',
    'foreign-metadata': 'untrusted-root',
    'needs-old-root': 'untrusted-root',
    'other-draft': 'conflict',
  },
  FetchError: {
    unreachable: 'unreachable',
    timeout: 'unreachable',
    'too-large': 'unreachable',
    'refused-redirect': 'unreachable',
    'refused-address': 'unreachable',
    'plain-http': 'unreachable',
    'bad-reply': 'unreachable',
    interrupted: 'interrupted',
  },
  RegistryError: {
    'not-found': 'not-found',
    auth: 'auth',
    'bad-realm': 'auth',
    'bad-credentials': 'auth',
    mismatch: 'mismatch',
    'bad-reply': 'unreachable',
    unreachable: 'unreachable',
  },
  StateError: {
    'damaged-state': 'failed',
    'unsafe-state': 'failed',
    'unwritable-state': 'failed',
    'conflicting-pin': 'untrusted-root',
  },
  ServerError: { auth: 'auth', unavailable: 'unreachable', offline: 'unreachable' },
  PublishError: {
    conflict: 'conflict',
    refused: 'failed',
    'missing-keys': 'signature',
    exists: 'failed',
    'unknown-role': 'failed',
    shadowed: 'failed',
    'known-signer': 'failed',
    'unknown-signer': 'failed',
    'impossible-threshold': 'failed',
    overtaken: 'conflict',
    'not-in-dialect': 'usage',
    'no-draft': 'failed',
  },
  KeyError: {
    'wrong-passphrase': 'failed',
    truncated: 'failed',
    damaged: 'failed',
    'unknown-schema': 'failed',
    exists: 'failed',
    'not-found': 'failed',
    unreadable: 'failed',
    unsupported: 'failed',
    'wrong-pin': 'failed',
    'pin-locked': 'failed',
    ambiguous: 'failed',
    'signer-failed': 'failed',
    'signer-refused': 'failed',
    'no-module': 'failed',
    closed: 'failed',
    'open-permissions': 'failed',
  },
  StoreError: {
    conflict: 'conflict',
    claimed: 'failed',
    version: 'failed',
    invalid: 'failed',
    locked: 'failed',
    unavailable: 'failed',
    failed: 'failed',
    damaged: 'failed',
    schema: 'failed',
    closed: 'failed',
  },
  StartError: {
    'invalid-config': 'usage',
    'unsafe-listen': 'usage',
    'cannot-listen': 'failed',
    'missing-marks': 'failed',
    'wrong-master-key': 'failed',
    'keys-left': 'usage',
    'not-taken-over': 'failed',
    'worker-failed': 'failed',
    'damaged-marks': 'failed',
    'store-exists': 'failed',
    'half-restored': 'failed',
    'other-backup': 'mismatch',
  },
  SetupError: {
    'invalid-config': 'usage',
    'cannot-listen': 'failed',
    locked: 'failed',
    'missing-memory': 'failed',
    'wrong-master-key': 'failed',
    unavailable: 'failed',
    'damaged-memory': 'failed',
  },
  UsageError: {
    'bad-arguments': 'usage',
    'missing-secret': 'usage',
    'no-server': 'usage',
    'no-folder': 'usage',
    'bad-config': 'usage',
  },
  CommandError: {
    declined: 'declined',
    interrupted: 'interrupted',
    'no-key': 'failed',
    ambiguous: 'failed',
    'other-draft': 'conflict',
    exists: 'failed',
    'not-here': 'failed',
    incomplete: 'failed',
    'already-running': 'conflict',
    'tool-missing': 'failed',
    'tool-failed': 'failed',
    record: 'equivocation',
    unhealthy: 'failed',
    due: 'expired',
    'damaged-store': 'failed',
    'damaged-mirror': 'failed',
    system: 'failed',
  },
};
