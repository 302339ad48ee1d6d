// Certificates as the owners of collections make them: with openssl, for delegates, for roots and for the issuer of tokens.
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Certificate {
  /** Files in PEM; the private key is not encrypted. */
  readonly cert: string;
  readonly key: string;
}

export interface CertificateRequest {
  readonly folder: string;
  /** Of the files, unique in the folder. */
  readonly name: string;
  readonly commonName: string;
  readonly kind: 'ecdsa' | 'rsa';
  readonly days: number;
  readonly use: 'authority' | 'signing code' | 'anything';
  /** Self-signed without. */
  readonly issuer?: Certificate;
  /** A private key that is there already. */
  readonly key?: string;
}

const EXTENSIONS = {
  authority: 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n',
  'signing code': 'basicConstraints=critical,CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=codeSigning\n',
  anything: 'basicConstraints=critical,CA:FALSE\nkeyUsage=digitalSignature\n',
};
const ALGORITHMS = { ecdsa: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], rsa: ['-newkey', 'rsa:2048'] };

export async function makeCertificate(request: CertificateRequest): Promise<Certificate> {
  const { folder, name, commonName, kind, days, use, issuer } = request;
  const [cert, conf] = [join(folder, `${name}.pem`), join(folder, `${name}.cnf`)];
  const key = request.key ?? join(folder, `${name}-key.pem`);
  await writeFile(conf, `[req]\ndistinguished_name=dn\nprompt=no\nx509_extensions=v3\n[dn]\nCN=${commonName}\n[v3]\n${EXTENSIONS[use]}`);
  const from = request.key === undefined ? [...ALGORITHMS[kind], '-nodes', '-keyout', key] : ['-new', '-key', key];
  const by = issuer === undefined ? [] : ['-CA', issuer.cert, '-CAkey', issuer.key];
  execFileSync('openssl', ['req', '-x509', '-config', conf, ...from, ...by, '-days', String(days), '-out', cert], { stdio: 'pipe' });
  return { cert, key };
}
