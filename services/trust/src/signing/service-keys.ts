// Keys in a signing service. What it says about keys is kept for the repositories that were asked for lately; what it says no with, and that
// it does not answer, becomes an error that a publisher can read: the address of the service is no business of theirs.
import type { CertificateFiles } from '@countersign/http';
import { KeyError, type RemoteSigning } from '@countersign/signers';
import type { Head, ServerRole } from '@countersign/store';
import { RequestError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { keyOf } from '../repository.ts';
import { currentGeneration, type OnlineKeys, type SigningKeys } from './signing-keys.ts';

const KEPT = 2048;
const ROLES: readonly ServerRole[] = ['snapshot', 'timestamp'];

/**
 * `patience`: milliseconds for a question whether it answers at all. `files`: where this server's certificate for it comes from. `log` is told
 * once when the service does not answer that question, and once when it does again.
 */
export function serviceKeys(service: RemoteSigning, patience: number, files: CertificateFiles, log: Logger): SigningKeys {
  let isOut = false;
  const kept = new Map<string, OnlineKeys>();
  const keep = (name: string, keys: OnlineKeys): OnlineKeys => {
    kept.delete(name);
    kept.set(name, keys);
    const [oldest] = kept.keys();
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
    return keys;
  };
  return {
    async keysOf(repository, head, ask) {
      const name = keyOf(repository);
      const known = kept.get(name);
      if (ask === 'kept' && known !== undefined && areInForce(known, head)) return known;
      return keep(name, await told(service.namable(repository)));
    },
    async sign(repository, by, draft, { upload, standing, note }) {
      try {
        return await told(service.sign({ ...repository, role: draft.kind, by, payload: draft.message, upload, standing, note }), {
          role: draft.kind,
        });
      } catch (error) {
        // A key may have been retired, or another server may have published a root.
        kept.delete(keyOf(repository));
        throw error;
      }
    },
    lost: (repository, stored) => told(service.unstored(repository, stored)),
    async answers() {
      try {
        await service.ready(patience);
      } catch (error) {
        if (!isOut)
          log.warn({ trouble: 'signer-unreachable', why: wordsOf(error) }, 'the signing service does not answer: nothing can be signed');
        isOut = true;
        return false;
      }
      if (isOut) log.info({ trouble: 'signer-unreachable' }, 'the signing service answers again');
      isOut = false;
      return true;
    },
    reload: () => files.reload(),
    close() {
      files.close();
      service.close();
    },
  };
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Whether the keys that are known are those that the root of `head` names. */
const areInForce = (keys: OnlineKeys, head: Head | undefined): boolean =>
  ROLES.every((role) => keys[role][0]?.generation === currentGeneration(head, role));

async function told<Result>(asked: Promise<Result>, facts: Readonly<Record<string, unknown>> = {}): Promise<Result> {
  try {
    return await asked;
  } catch (cause) {
    if (!(cause instanceof KeyError)) throw cause;
    if (cause.code !== 'signer-refused')
      throw new RequestError('signer-unavailable', 'the signing service does not answer, so nothing can be signed now', { cause });
    const { refusal, signed } = cause.details;
    const text = `the signing service signs nothing for this: ${String(refusal)}`;
    throw new RequestError('signer-refused', text, { cause, details: { ...facts, refusal, ...(signed === undefined ? {} : { signed }) } });
  }
}
