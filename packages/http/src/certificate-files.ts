// The files of a certificate while a server runs: read again when they change, or when somebody asks. A new pair that does not work, or is
// half written, changes nothing but the log.
import { X509Certificate } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';

/** Where it is told what became of a reading. */
export interface CertificateLog {
  info(facts: Readonly<Record<string, unknown>>, text: string): void;
  error(facts: Readonly<Record<string, unknown>>, text: string): void;
}

export interface Certified {
  setSecureContext(options: SecureContextOptions): void;
}

const LOOKED_EVERY = 5_000;

export class CertificateFiles {
  readonly #files: readonly string[];
  readonly #read: () => Promise<SecureContextOptions>;
  readonly #server: Certified;
  readonly #log: CertificateLog;
  readonly #timer: NodeJS.Timeout;
  #state: string;

  /** `state` is what `stateOf` said before the files were read for `server`. */
  constructor(files: readonly string[], state: string, read: () => Promise<SecureContextOptions>, server: Certified, log: CertificateLog) {
    this.#files = files;
    this.#read = read;
    this.#server = server;
    this.#log = log;
    this.#state = state;
    this.#timer = setInterval(() => void this.#look(), LOOKED_EVERY).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Never rejects. */
  async reload(): Promise<void> {
    try {
      // First the state: what changes while it is read is read once more.
      this.#state = await stateOf(this.#files);
      const options = await this.#read();
      createSecureContext(options);
      this.#server.setSecureContext(options);
      const { validTo, fingerprint256 } = new X509Certificate(String(options.cert));
      this.#log.info({ validTo, fingerprint256 }, 'goes on with the certificate that is in its files now');
    } catch (error) {
      this.#log.error({ err: error }, 'the certificate in its files cannot be used: goes on with the one before');
    }
  }

  async #look(): Promise<void> {
    const state = await stateOf(this.#files).catch(() => this.#state);
    if (state !== this.#state) await this.reload();
  }
}

/** Follows links, which is how orchestrators replace secrets. */
export async function stateOf(files: readonly string[]): Promise<string> {
  const states = await Promise.all(files.map((file) => stat(file)));
  return states.map(({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`).join('\n');
}
