// Who may do what: everybody, or those whom an access file or an issuer of tokens names.
import type { Instant } from '@countersign/core';
import { type Access, eitherAccess, openAccess, readAccessFile } from './access.ts';
import type { ServerConfig } from './config.ts';
import { readBundleFile } from './docker-token/bundle.ts';
import { inForce } from './docker-token/certificate.ts';
import { tokenAccess } from './docker-token/token-access.ts';
import type { Logger } from './log.ts';

/** Whoever the access file or the issuer of tokens vouches for; anybody where neither is named. */
export async function accessOf(config: ServerConfig, now: Instant, log: Logger): Promise<Access> {
  const list = config.access === undefined ? undefined : await readAccessFile(config.access);
  const { auth } = config.notary;
  if (auth === undefined) return list ?? openAccess;
  const bundle = await readBundleFile(auth.rootCertBundle);
  for (const { x509 } of bundle.anchors.filter((anchor) => !inForce(anchor, now)))
    log.warn(
      { file: auth.rootCertBundle, subject: x509.subject, until: x509.validTo },
      'not in force: no token of this certificate is taken',
    );
  const tokens = tokenAccess(auth, bundle);
  return list === undefined ? tokens : eitherAccess(list, tokens);
}
