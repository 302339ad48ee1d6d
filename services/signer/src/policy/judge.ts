// The signer's whole judgement, without clock, disk or key: from a request and what is remembered to a yes, or an error that says why not.
// Everything that is not understood is refused.
import {
  type Claim,
  digestOf,
  type Env,
  metaOf,
  newSignature,
  type Parsed,
  type PublicKey,
  SNAPSHOT,
  seal,
  TIMESTAMP,
} from '@countersign/core';
import { checkExpiry, checkVersion } from './bounds.ts';
import { PolicyError } from './errors.ts';
import { judgeSnapshot } from './judge-snapshot.ts';
import { judgeTimestamp } from './judge-timestamp.ts';
import { type Memory, namable, SIGNER_ROLES, type SignerRole } from './memory.ts';
import { readPayload } from './payload.ts';
import type { Asked, Held } from './request.ts';

export type Verdict =
  /** Signed before, byte for byte: whoever lost the answer gets the same one. */
  | { readonly answer: 'again'; readonly signature: Uint8Array }
  | {
      readonly answer: 'sign';
      /** What has to be durable before the signature leaves. */
      remember(key: PublicKey, signature: Uint8Array): Memory;
      readonly claims: readonly Claim[];
      /** Whether another snapshot stands once this is remembered: what it was made of has to be kept with it. */
      readonly moves: boolean;
    };

/** Throws PolicyError. */
export function judge(asked: Asked, held: Held, env: Env): Verdict {
  const { role, generation, payload, repository } = asked;
  const { memory } = held;
  if (!SIGNER_ROLES.includes(role)) throw new PolicyError('wrong-role', 'the keys that are held here sign timestamps and snapshots alone');
  if (repository.dialect !== env.dialect.name) throw new PolicyError('malformed', `wanted the dialect ${env.dialect.name}`);
  const digest = digestOf(env.crypto, payload);
  const last = memory.signed[role];
  if (memory.retired[role].includes(generation) || generation < (memory.generations[role] ?? 1))
    throw new PolicyError('retired-key', `generation ${generation} of ${role} signs nothing any more`);
  if (last !== undefined && last.payload === digest && last.generation === generation)
    return { answer: 'again', signature: last.signature };
  if (!namable(memory, role).includes(generation))
    throw new PolicyError('wrong-key', `generation ${generation} of ${role} is not one that a root may name yet`);

  // A name of Notary that begins anew counts its snapshots from 1; its timestamps go on.
  const anew = memory.released && role === 'snapshot' && repository.dialect === 'notary';
  const read = <Role extends SignerRole>(kind: Role): Parsed<Role> => {
    const parsed = readPayload(kind, payload, env);
    if (!anew) checkVersion(kind, memory, parsed);
    checkExpiry(kind, parsed, held.longest, env);
    return parsed;
  };
  const accepted = role === 'snapshot' ? judgeSnapshot(asked, read(role), held, env) : judgeTimestamp(asked, read(role), held, env);
  const { file } = accepted;

  return {
    answer: 'sign',
    claims: accepted.plan?.claims ?? [],
    moves: role === 'snapshot' || accepted.plan !== undefined,
    remember(key, signature) {
      const signed = { ...accepted.memory.signed, [role]: { version: file.content.version, payload: digest, generation, signature } };
      const name = role === 'snapshot' ? SNAPSHOT : TIMESTAMP;
      const draft = { kind: role, name, version: file.content.version, signed: file.signed, message: payload };
      const sealed = seal(draft, [newSignature(key, signature)], env);
      const files = new Map([...accepted.memory.files, [name, { version: sealed.version, digest: sealed.digest }] as const]);
      const snapshot = role === 'snapshot' ? { snapshotMeta: metaOf(sealed) } : {};
      return { ...accepted.memory, ...snapshot, files, signed };
    },
  };
}
