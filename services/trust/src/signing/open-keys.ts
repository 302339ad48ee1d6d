// Who signs for this server: keys that follow from its own master secret, or a signing service.
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { CertificateFiles, stateOf } from '@countersign/http';
import { remoteSigning } from '@countersign/signers';
import type { MetadataStore } from '@countersign/store';
import type { ServerConfig } from '../config.ts';
import { StartError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { openKeyring } from '../open-keyring.ts';
import { systemReason } from '../system-reason.ts';
import { checkTakenOver } from './check-taken-over.ts';
import { ownKeys } from './own-keys.ts';
import { serviceKeys } from './service-keys.ts';
import type { SignerSettings } from './signer-settings.ts';
import type { SigningKeys } from './signing-keys.ts';

// What is asked when somebody wants to know whether it answers: longer, and the question after health would be late itself.
const PATIENCE = 2_000;

/** Throws StartError, and KeyError for the master key. */
export async function openKeys(config: ServerConfig, store: MetadataStore, log: Logger): Promise<SigningKeys> {
  const { signer } = config;
  if (signer === undefined) return ownKeys(await openKeyring(config, store));
  await checkNoKeyHere(config.data);
  const keys = await openService(signer, config, log);
  try {
    await checkTakenOver(store, keys, log);
    return keys;
  } catch (error) {
    keys.close();
    throw error;
  }
}

async function openService({ url, timeout, ...files }: SignerSettings, { limits }: ServerConfig, log: Logger): Promise<SigningKeys> {
  const paths = [files.certificate, files.key, files.ca];
  const read = async () => {
    const [cert = '', key = '', ca = ''] = await Promise.all(paths.map(pemIn));
    return { cert, key, ca };
  };
  const state = await stateOf(paths).catch(() => '');
  const { cert, key, ca } = await read();
  // In base64, with the names of its files.
  const longestUpload = 2 * limits.uploadBytes;
  try {
    createSecureContext({ cert, key, ca });
    const service = remoteSigning({ url, certificate: cert, key, authorities: ca, timeout, longestUpload });
    const shown = {
      setSecureContext: (options: SecureContextOptions) =>
        service.identify({ certificate: String(options.cert), key: String(options.key), authorities: String(options.ca) }),
    };
    return serviceKeys(service, Math.min(PATIENCE, timeout), new CertificateFiles(paths, state, read, shown, log), log);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'unusable';
    throw new StartError('invalid-config', `signerCertificate, signerKey, signerCa: ${why}`, { cause });
  }
}

async function pemIn(file: string): Promise<string> {
  try {
    const text = await readFile(file, 'utf8');
    if (text.includes('-----BEGIN ')) return text;
  } catch (cause) {
    throw new StartError('invalid-config', `cannot read ${file}: ${systemReason(cause) ?? 'it is no text'}`, { cause });
  }
  throw new StartError('invalid-config', `${file}: wanted PEM`);
}

/** A copy of the keys that a thief of this server finds makes the service useless. Throws StartError(`keys-left`). */
async function checkNoKeyHere(data: string): Promise<void> {
  const file = join(data, 'master.key');
  const there = await access(file).then(
    () => true,
    () => false,
  );
  if (!there) return;
  const text = `${file} is still here: give it to the signing service with \`countersign signing-service take-over\`, and take it away from this server`;
  throw new StartError('keys-left', text);
}
