// What the fuzzer claims of every file: reading it, counting its signatures and trusting it end in a result or in an error of ours, soon,
// and nothing is accepted that its keys did not sign.
import { type Floor, FormatError, findTarget, type Need, refresh, TrustError, verifySigned } from '@countersign/core';
import { drive } from '@countersign/testkit';
import { TARGET } from './corpus.ts';
import type { Cuttable } from './cut.ts';
import type { Oracle } from './oracle.ts';

/** What became of a file: `accepted`, or the code of its refusal. */
export type Outcome = { readonly is: 'harmless'; readonly code: string } | { readonly is: 'finding'; readonly why: string };

const finding = (why: string): Outcome => ({ is: 'finding', why });

/** Runs `act`; a refusal is its code, anything else that is thrown is a crash. */
function refusalOf(
  act: () => void,
  families: readonly (new (...args: never[]) => Error)[],
): string | undefined | { readonly crash: unknown } {
  try {
    act();
    return undefined;
  } catch (error) {
    if (families.some((family) => error instanceof family) && error instanceof Error && 'code' in error) return String(error.code);
    return { crash: error };
  }
}

const crashed = (where: string, error: unknown): Outcome =>
  finding(`${where} threw ${error instanceof Error ? `${error.name}: ${error.message}\n${error.stack}` : String(error)}`);

export interface Judging {
  /** What the reader remembers. */
  readonly floor: Floor | undefined;
  readonly oracle: Oracle | undefined;
  /** Whether to spare the workflow a file that parse refuses: it would refuse it by the same call. */
  readonly spare: boolean;
}

/** `oracle` is undefined for files that the rightful keys signed: whatever they say may be accepted. */
export function judgeFile(subject: Cuttable, file: Uint8Array, { floor, oracle, spare }: Judging): Outcome {
  const { repository, kind, name, path, role, keys, anchor } = subject;
  const env = repository.env();
  const parsing = refusalOf(() => env.dialect.parse(kind, name, file, env), [FormatError]);
  if (typeof parsing === 'object') return crashed('parse', parsing.crash);
  if (parsing === undefined) {
    const verifying = refusalOf(() => verifySigned(env.dialect.parse(kind, name, file, env), role, keys, env), [TrustError]);
    if (typeof verifying === 'object') return crashed('verify', verifying.crash);
    const objection = verifying === undefined ? oracle?.objection(file) : undefined;
    if (objection !== undefined) return finding(`verify accepted it: ${objection}`);
  }
  if (parsing !== undefined && spare) return { is: 'harmless', code: parsing };
  let asked = false;
  const trusting = refusalOf(() => {
    const answer = (need: Need): Uint8Array | undefined => {
      if (need.from === 'cache') return undefined;
      if (need.path === path) asked = true;
      const bytes = need.path === path ? file : repository.served.get(need.path);
      // What a driver does: it stops reading.
      if (bytes !== undefined && bytes.length > need.maxLength) throw new FormatError('too-large', `${need.path} is too long`);
      return bytes;
    };
    const stage = drive(refresh(anchor, floor, env), answer).result;
    for (const [, entry] of stage.targets.content.targets) entry.hashes.size;
    drive(findTarget(stage, TARGET, new Map(), env), answer);
  }, [FormatError, TrustError]);
  if (typeof trusting === 'object') return crashed('trust', trusting.crash);
  if (trusting !== undefined) return { is: 'harmless', code: trusting };
  // A file signed by its keys may take the search elsewhere; any other is asked for.
  if (parsing !== undefined) return finding(`trusted, although parse refused it as ${parsing}`);
  if (!asked) return finding('nobody asked for the file');
  const objection = oracle?.objection(file);
  return objection === undefined ? { is: 'harmless', code: 'accepted' } : finding(`trust accepted it: ${objection}`);
}
