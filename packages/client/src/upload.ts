// One upload: signed, checked against the keys that will check it, and sent.
import {
  draftFor,
  type Env,
  type Gun,
  type RoleName,
  type Sealed,
  type Signer,
  type Verified,
  type Version,
  verifySigned,
} from '@countersign/core';
import { PublishError } from './errors.ts';
import type { Problem } from './problem.ts';
import { canSign, type Step, signDraft } from './sign-draft.ts';

export interface SignedFile {
  readonly sealed: Sealed;
  /** What the sealed bytes parse to, with every threshold met. */
  readonly file: Verified<'root'> | Verified<'targets'>;
}

/** A snapshot that its publishers sign. */
export interface SignedSnapshot {
  readonly sealed: Sealed;
}

/** Signs all drafts, for `gun` and no other name. Whatever a signer answers is verified here: a server is told nothing that would not hold. */
export async function signAll(gun: Gun, steps: readonly Step[], signers: readonly Signer[], env: Env): Promise<readonly SignedFile[]> {
  const files: SignedFile[] = [];
  for (const step of steps) {
    const { draft, needed } = step;
    if (step.optional === true && !canSign(step, signers, env)) continue;
    const sealed = await signDraft(draftFor(draft, gun, env), needed, signers, env);
    files.push({ sealed, file: verifiedFile(sealed, draft, needed, env) });
  }
  return files;
}

/** What sealed bytes parse to, held to everybody who must have signed them. */
export function verifiedFile(sealed: Sealed, { kind, name }: Step['draft'], needed: Step['needed'], env: Env): SignedFile['file'] {
  let file: SignedFile['file'] | undefined;
  for (const { role, keys } of needed) {
    file =
      kind === 'root'
        ? verifySigned(env.dialect.parse('root', name, sealed.bytes, env), role, keys, env)
        : verifySigned(env.dialect.parse('targets', name, sealed.bytes, env), role, keys, env);
  }
  if (file === undefined) throw new Error(`nobody was asked to sign ${name}`);
  return file;
}

export const partsOf = (files: readonly Pick<SignedFile, 'sealed'>[]): ReadonlyMap<RoleName, Uint8Array> =>
  new Map(files.map(({ sealed }) => [sealed.name, sealed.bytes]));

export const versionsIn = (files: readonly Pick<SignedFile, 'sealed'>[]): ReadonlyMap<RoleName, Version> =>
  new Map(files.map(({ sealed }) => [sealed.name, sealed.version]));

/** The server's judgement, in its own words. */
export function refused({ status, code, detail }: Problem, what = 'the upload'): PublishError {
  const text = `the server refused ${what} (${code ?? status})${detail === '' ? '' : `: ${detail}`}`;
  return new PublishError('refused', text, { details: { status, code, detail } });
}
