// Credential helpers: programs named `docker-credential-NAME` that keep secrets in a keychain. Run without a shell, with the
// server on stdin, a deadline and a bound on what they may say.
import { excerpt, isJsonObject, type JsonObject, memberString, readJson } from '@countersign/core';
import { RegistryError } from '../errors.ts';
import type { Credential } from './credential.ts';

const NAME = /^[a-z0-9._-]+$/;
const LONGEST_OUTPUT = 65_536;
const NOT_FOUND = 'credentials not found in native keychain';
/** The user name under which a helper hands out an identity token. */
const TOKEN_USER = '<token>';

export interface HelperWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}

interface Outcome {
  readonly failed: boolean;
  readonly killed: boolean;
  readonly code: string;
  readonly stdout: string;
}

async function runHelper(program: string, server: string, { env, timeoutMs }: HelperWorld): Promise<Outcome> {
  const { execFile } = await import('node:child_process'); // most commands never need it
  return new Promise((resolve) => {
    const options = {
      env: { ...env },
      timeout: timeoutMs,
      maxBuffer: LONGEST_OUTPUT,
      shell: false,
      windowsHide: true,
      killSignal: 'SIGKILL',
    } as const;
    const child = execFile(program, ['get'], options, (error, stdout) => {
      resolve({ failed: error !== null, killed: error?.killed === true, code: String(error?.code ?? ''), stdout });
    });
    child.stdin?.on('error', () => undefined); // a helper need not read what it does not want
    child.stdin?.end(`${server}\n`);
  });
}

// What a failed helper printed is its message, unless it looks like the JSON that holds a secret.
function failure(program: string, { code, killed, stdout }: Outcome): RegistryError {
  const reason =
    code === 'ENOENT'
      ? 'is not installed'
      : code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER'
        ? 'said too much'
        : killed
          ? 'did not answer in time'
          : `failed${/["{}]/.test(stdout) || stdout.trim() === '' ? '' : `: ${excerpt(stdout.trim())}`}`;
  return new RegistryError('bad-credentials', `${program} ${reason}`);
}

function readAnswer(program: string, stdout: string): JsonObject {
  try {
    const { value } = readJson(Buffer.from(stdout), { maxDepth: 8 });
    if (isJsonObject(value)) return value;
  } catch {
    // said below, without quoting the secret
  }
  throw new RegistryError('bad-credentials', `${program}: wanted a JSON object`);
}

/** What the helper `name` holds for `server`; `undefined` when it says that it holds nothing. Throws RegistryError `bad-credentials`. */
export async function askHelper(name: string, server: string, world: HelperWorld): Promise<Credential | undefined> {
  if (!NAME.test(name)) throw new RegistryError('bad-credentials', `wanted a helper name of a-z 0-9 . _ -, got ${excerpt(name)}`);
  const program = `docker-credential-${name}`;
  const outcome = await runHelper(program, server, world);
  if (outcome.failed && outcome.stdout.trim() === NOT_FOUND) return undefined;
  if (outcome.failed) throw failure(program, outcome);
  const answer = readAnswer(program, outcome.stdout);
  let username: string;
  let secret: string;
  try {
    username = memberString(answer, 'Username', program);
    secret = memberString(answer, 'Secret', program);
  } catch {
    throw new RegistryError('bad-credentials', `${program}: wanted Username and Secret`);
  }
  if (secret === '') return undefined;
  return username === TOKEN_USER ? { kind: 'identity-token', token: secret } : { kind: 'password', username, password: secret };
}
