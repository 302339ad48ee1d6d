// Private keys as blocks of PEM (RFC 1421): the kind, the header lines, the body. Nothing is decrypted here.
import { KeyError } from './errors.ts';

export interface PemBlock {
  /** What stands before `PRIVATE KEY`: empty or `ENCRYPTED` for PKCS#8, `EC`, `RSA`, `ED25519`. */
  readonly kind: string;
  /** Header lines, by name: those of OpenSSL's older encryption, and those of the notary client. */
  readonly headers: ReadonlyMap<string, string>;
  /** DER, encrypted or not. */
  readonly body: Buffer;
}

const BLOCK = /-----BEGIN ((?:[A-Z0-9]+ )?)PRIVATE KEY-----\r?\n([\s\S]*?)-----END \1PRIVATE KEY-----/g;
const HEADER = /^([A-Za-z-]+): ?(.*)$/;
// What OpenSSL wrote before PKCS#8. Other header lines it refuses.
const ENCRYPTION = ['Proc-Type', 'DEK-Info'];

/** The one private key in `text`, whatever else stands there. Throws KeyError: `damaged` for none, `unsupported` for several. */
export function privateBlock(text: string): PemBlock {
  const [found, ...others] = text.matchAll(BLOCK);
  if (found === undefined) throw new KeyError('damaged', 'text holds no private key in pem, from its BEGIN line to its END line');
  // The first of several would be somebody's guess: `notary key export` writes all keys of a folder into one file.
  if (others.length > 0)
    throw new KeyError('unsupported', `text holds ${others.length + 1} private keys, wanted one: give each a file of its own`);
  const [, kind = '', inside = ''] = found;
  const lines = inside.split(/\r?\n/).map((line) => line.trim());
  const headers = lines.flatMap((line) => {
    const [, name, value] = HEADER.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  const body = lines.filter((line) => !HEADER.test(line)).join('');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(body)) throw new KeyError('damaged', 'private key in pem holds what is no base64');
  if (new Set(headers.map(([name]) => name)).size !== headers.length) {
    throw new KeyError('damaged', 'private key in pem has a header line twice');
  }
  return { kind: kind.trim(), headers: new Map(headers), body: Buffer.from(body, 'base64') };
}

/** Whether a passphrase is needed. */
export const isEncrypted = ({ kind, headers }: PemBlock): boolean =>
  kind === 'ENCRYPTED' || (headers.get('Proc-Type') ?? '').endsWith('ENCRYPTED');

/** The block as OpenSSL reads it: without the header lines that it does not know. */
export function openSslPem({ kind, headers, body }: PemBlock): string {
  const frame = `${kind} PRIVATE KEY`.trimStart();
  const kept = ENCRYPTION.filter((name) => headers.has(name)).map((name) => `${name}: ${headers.get(name)}\n`);
  const head = kept.length === 0 ? '' : `${kept.join('')}\n`;
  return `-----BEGIN ${frame}-----\n${head}${body.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END ${frame}-----\n`;
}
