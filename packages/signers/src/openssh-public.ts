// Public keys as OpenSSH writes them: `ssh-ed25519 AAAA… comment` (RFC 4253 §6.6, RFC 8709 §4, RFC 5656 §3.1). People have such a key
// already, and can send it in one line.
import { createPublicKey } from 'node:crypto';
import { decodeBase64, ed25519Spki, type PublicKey } from '@countersign/core';
import { KeyError } from './errors.ts';
import { publicKeyOf } from './public-key.ts';

const LINE = /^(?<type>[a-z0-9@.-]+) (?<blob>[A-Za-z0-9+/]+={0,2})(?: [^\r\n]*)?$/;

/** Whether `text` begins as a line of OpenSSH does: what follows is then read as one, or refused. */
export const isOpenSshPublic = (text: string): boolean => /^(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[a-z0-9@.-]+ /.test(text);

/**
 * The key of one line, or of a file with one. Throws KeyError: `damaged` when it is cut or changed, `unsupported` for other kinds than
 * Ed25519 and ECDSA on P-256, keys of security tokens (`sk-…`) among them: those sign more than the message.
 */
export function parseOpenSshPublic(text: string): PublicKey {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const [line = '', ...others] = lines;
  if (others.length > 0) throw new KeyError('unsupported', `wanted one OpenSSH key, got ${lines.length} lines`);
  const { type = '', blob = '' } = LINE.exec(line.trim())?.groups ?? {};
  if (blob === '') throw new KeyError('damaged', 'the OpenSSH key is not a line of kind, key and comment');
  const fields = fieldsOf(blob);
  // The kind stands outside and inside: whoever changed one of them is not believed.
  if (fields[0]?.toString('latin1') !== type) throw new KeyError('damaged', 'the OpenSSH key says two different kinds');
  return publicKeyOf(createKey(type, fields));
}

function createKey(type: string, [, ...fields]: readonly Buffer[]) {
  const wanted = type === 'ssh-ed25519' ? 1 : 2;
  if (type !== 'ssh-ed25519' && type !== 'ecdsa-sha2-nistp256') {
    throw new KeyError('unsupported', `the OpenSSH key is ${type.slice(0, 40)}, wanted ssh-ed25519 or ecdsa-sha2-nistp256`);
  }
  const material = fields.at(-1) ?? Buffer.alloc(0);
  const length = type === 'ssh-ed25519' ? 32 : 65;
  const curve = type === 'ssh-ed25519' || fields[0]?.toString('latin1') === 'nistp256';
  if (fields.length !== wanted || material.length !== length || !curve) throw new KeyError('damaged', 'the OpenSSH key is cut or changed');
  try {
    if (type === 'ssh-ed25519') return createPublicKey({ key: Buffer.from(ed25519Spki(material)), format: 'der', type: 'spki' });
    const [x, y] = [material.subarray(1, 33), material.subarray(33)].map((half) => half.toString('base64url'));
    if (material[0] !== 4 || x === undefined || y === undefined) throw new Error('the point is not spelled in full');
    return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  } catch (cause) {
    throw new KeyError('unsupported', 'the OpenSSH key is no point of its curve', { cause });
  }
}

/** Strings of RFC 4251 §5: four bytes of length, then the bytes; nothing may be left over. */
function fieldsOf(blob: string): readonly Buffer[] {
  const bytes = bytesOf(blob);
  const fields: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) throw new KeyError('damaged', 'the OpenSSH key ends too early');
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) throw new KeyError('damaged', 'the OpenSSH key ends too early');
    fields.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

function bytesOf(blob: string): Buffer {
  try {
    return Buffer.from(decodeBase64(blob));
  } catch (cause) {
    throw new KeyError('damaged', 'the OpenSSH key is not base64', { cause });
  }
}
