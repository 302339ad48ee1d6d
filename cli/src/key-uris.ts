// Keys that are named by a URI: what they may reach on this machine. A URI comes from the person, as an option or as a note in the key
// folder, and from nowhere else: `exec:` runs a program and `pkcs11:` loads a library.
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { type OpenedSigner, openSigner } from '@countersign/signers';
import { UsageError } from './errors.ts';
import { answered, canAsk, firstLine, type Passphrases, type Purpose } from './passphrase.ts';
import { VARIABLE_NAMES, VARIABLES, variable } from './variables.ts';
import type { World } from './world.ts';

/** The signer that `uri` names. It is never closed: its program is done after each answer, and a token ends its session with this process. */
export function openKeyUri(world: World, uri: string, secrets: Passphrases, key: Purpose['key']): Promise<OpenedSigner> {
  return openSigner(uri, {
    passphrase: ({ name }) => secrets.get({ key, name: `key in ${name}`, fresh: false }),
    variables: world.env,
    programs: {
      env: withoutOurSecrets(world.env),
      talk: (text) => world.stderr.write(text),
      signal: world.interrupted,
    },
    tokens: { pin: ({ label, serial }) => pinOf(world, label === '' ? serial : label) },
  });
}

/** What opens our keys and speaks for us, to a trust server or a registry, is no business of a program that signs. */
function withoutOurSecrets(env: World['env']): World['env'] {
  const ours = new Set<string>(VARIABLE_NAMES.filter((name) => VARIABLES[name].secret === true));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ours.has(name)));
}

/**
 * The PIN of a token. Never the passphrase of key files: a token counts what is wrong, and locks itself. Throws UsageError
 * `missing-secret`; CommandError `declined`.
 */
async function pinOf(world: World, token: string): Promise<string> {
  const file = variable(world, 'COUNTERSIGN_PIN_FILE');
  if (file !== undefined) return firstLine(createReadStream(resolve(world.cwd, file)), `COUNTERSIGN_PIN_FILE ${file.slice(0, 200)}`);
  const pin = variable(world, 'COUNTERSIGN_PIN');
  if (pin !== undefined) return pin;
  const name = token.slice(0, 40);
  if (canAsk(world)) return answered((await world.asker()).secret(`PIN of the token ${name}`));
  const why = world.isTTY ? 'CI is set: nothing is asked' : 'there is no terminal to ask on';
  throw new UsageError('missing-secret', `a PIN is needed for the token ${name}, and ${why}`, {
    next: 'set COUNTERSIGN_PIN_FILE or COUNTERSIGN_PIN, or name a file in the key uri: &pin-source=file:/PATH',
  });
}
