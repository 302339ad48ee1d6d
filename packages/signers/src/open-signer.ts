// From a key URI to a signer: the one door, and the one place that knows which kinds of key there are. What reaches further than a
// key file is refused unless the caller gives what it needs: a URI that came with a checkout or from a server must run no program.
import type { PublicKey } from '@countersign/core';
import { KeyError } from './errors.ts';
import { openProgram } from './exec-signer.ts';
import { openKeyFile, readKeyFileHeader } from './key-file.ts';
import { parseKeyUri } from './key-uri.ts';
import { closing, type OpenedSigner } from './opened.ts';
import type { Tokens } from './pkcs11/open-token.ts';
import { openPrivateText } from './private-text.ts';
import type { Programs } from './run-program.ts';

/** An encrypted key, as it is told to whoever has its passphrase. */
export interface KeyAtRest {
  /** How errors call it: its path, or its variable. */
  readonly name: string;
  readonly label: string | undefined;
  /** Undefined where only the passphrase shows it. */
  readonly key: PublicKey | undefined;
}

export interface OpenSignerOptions {
  /** Asked once, and only when the key is encrypted and its file is whole. What it throws, `openSigner` throws. */
  readonly passphrase: (about: KeyAtRest) => Promise<string>;
  /** The variables that `env:NAME` may name. Absent: `env:` is refused. */
  readonly variables?: Readonly<Record<string, string | undefined>> | undefined;
  /** Absent: `exec:` is refused. */
  readonly programs?: Programs | undefined;
  /** Absent: `pkcs11:` is refused. */
  readonly tokens?: Tokens | undefined;
}

/**
 * The signer that a key URI names. `file:PATH`, `file:///PATH` or a bare path: a key file. `env:NAME`: a key file or PEM in a variable.
 * `exec:PROGRAM ARGS`: a program that signs. `pkcs11:…` (RFC 7512): a key on a token. Throws KeyError as the kind does, and
 * `unsupported` for other schemes and for those that `options` do not allow.
 */
export async function openSigner(uri: string, options: OpenSignerOptions): Promise<OpenedSigner> {
  const where = parseKeyUri(uri);
  const { variables, programs, tokens } = options;
  switch (where.scheme) {
    case 'file': {
      const { key, label } = await readKeyFileHeader(where.path);
      return closing(await openKeyFile(where.path, await options.passphrase({ name: where.path, label, key })));
    }
    case 'env': {
      if (variables === undefined) throw notAllowed(where.scheme);
      const text = variables[where.name];
      const name = `env:${where.name}`;
      if (text === undefined || text === '') throw new KeyError('not-found', `${name}: the variable is not set`);
      const { signer } = await openPrivateText(text, name, ({ label }) => options.passphrase({ name, label, key: undefined }));
      return closing(signer);
    }
    case 'exec': {
      if (programs === undefined) throw notAllowed(where.scheme);
      return openProgram(where, programs);
    }
    case 'pkcs11': {
      if (tokens === undefined) throw notAllowed(where.scheme);
      // Loaded for tokens alone: most machines have none.
      return (await import('./pkcs11/open-token.ts')).openToken(where, tokens);
    }
  }
}

const notAllowed = (scheme: string): KeyError => new KeyError('unsupported', `key uri with the scheme ${scheme} is not allowed here`);
