// Where the signing service is, and who this server is to it.
import { z } from 'zod';
import { DURATION } from '../duration-shape.ts';
import { StartError } from '../errors.ts';

export interface SignerSettings {
  readonly url: string;
  /** This server's own certificate for it, and its key. */
  readonly certificate: string;
  readonly key: string;
  /** Authorities of the service's certificate. */
  readonly ca: string;
  /** Milliseconds for one signature, and for whatever else is asked of it. */
  readonly timeout: number;
}

const path = z.string().min(1);

type Text = z.ZodOptional<z.ZodString>;

export const SIGNER_SHAPE: {
  readonly signer: Text;
  readonly signerCertificate: Text;
  readonly signerKey: Text;
  readonly signerCa: Text;
  readonly signerTimeout: z.ZodType<number, string | undefined>;
} = {
  signer: z
    .string()
    .regex(/^https:\/\/[^/?#@]+\/?$/, 'wanted https://HOST:PORT')
    .optional(),
  signerCertificate: path.optional(),
  signerKey: path.optional(),
  signerCa: path.optional(),
  signerTimeout: DURATION.prefault('10s'),
};

type Given = Readonly<Partial<Record<'signer' | 'signerCertificate' | 'signerKey' | 'signerCa' | 'masterKeyFile', string | undefined>>>;

/** Throws StartError(`invalid-config`) for a half of them. */
export function signerOf(given: Given & { readonly signerTimeout: number }): SignerSettings | undefined {
  const { signer: url, signerCertificate: certificate, signerKey: key, signerCa: ca, signerTimeout: timeout, masterKeyFile } = given;
  if (url === undefined) {
    if ((certificate ?? key ?? ca) !== undefined) throw invalid('signerCertificate, signerKey, signerCa: wanted signer beside them');
    return undefined;
  }
  if (certificate === undefined || key === undefined || ca === undefined)
    throw invalid('signer: wanted signerCertificate, signerKey and signerCa beside it');
  if (masterKeyFile !== undefined) throw invalid('signer, masterKeyFile: wanted one of them: the keys are in one place');
  return { url, certificate, key, ca, timeout };
}

const invalid = (text: string): StartError => new StartError('invalid-config', text);
