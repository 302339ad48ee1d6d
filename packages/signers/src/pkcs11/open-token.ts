// A key on a token: a hardware module, a smart card, SoftHSM. The private key never leaves it; the PIN is tried once.

import { KeyError } from '../errors.ts';
import { closing, type OpenedSigner } from '../opened.ts';
import type { Pkcs11Uri } from '../pkcs11-uri.ts';
import { publicKeyOf } from '../public-key.ts';
import { readSecretFile } from '../secret-file.ts';
import { findKey } from './find-key.ts';
import { failureNumber, type Library, openLibrary, type Pkcs11, type TokenInfo } from './library.ts';
import { signOn } from './sign-on.ts';

const CKF_SERIAL_SESSION = 4;
const CKF_LOGIN_REQUIRED = 0x4;
const CKF_TOKEN_INITIALIZED = 0x400;
const CKF_USER_PIN_FINAL_TRY = 0x20000;
const CKF_USER_PIN_LOCKED = 0x40000;
const CKS_RO_USER_FUNCTIONS = 1;
const CKU_USER = 1;
const CKR_PIN_INCORRECT = 0xa0;
const CKR_PIN_INVALID = 0xa1;
const CKR_PIN_LEN_RANGE = 0xa2;
const CKR_PIN_LOCKED = 0xa4;
const LONGEST_PIN_FILE = 4096;

/** What opening keys on a token takes. Its library is loaded into this process. */
export interface Tokens {
  /** The PIN of a token; asked once for a token, unless the URI names a file, and never again after it was wrong. */
  readonly pin: (token: { readonly label: string; readonly serial: string }) => Promise<string>;
}

/**
 * The signer for the one key that `uri` names. Throws KeyError: `no-module`, `not-found`, `ambiguous`, `wrong-pin`, `pin-locked`,
 * `unsupported`, `signer-failed`.
 */
export async function openToken(uri: Pkcs11Uri, tokens: Tokens): Promise<OpenedSigner> {
  const library = openLibrary(uri.modulePath);
  try {
    return await openOn(library, uri, tokens);
  } catch (error) {
    library.release();
    const number = failureNumber(error);
    if (number === undefined) throw error;
    throw new KeyError('signer-failed', `the token failed with ${codeText(number)}`, { cause: error, details: { number } });
  }
}

async function openOn(library: Library, uri: Pkcs11Uri, tokens: Tokens): Promise<OpenedSigner> {
  const { calls } = library;
  const { slot, info } = theToken(calls, uri.token);
  const session = calls.C_OpenSession(slot, CKF_SERIAL_SESSION);
  try {
    await logIn(calls, session, info, uri, tokens);
    const { privateKey, publicKey } = findKey(calls, session, uri);
    const sign = async (message: Uint8Array): Promise<Uint8Array> => {
      try {
        return signOn(calls, session, { privateKey, publicKey }, message, tokenName(info));
      } catch (error) {
        const number = failureNumber(error);
        if (number === undefined) throw error;
        // Drawn out of its slot, for one.
        throw new KeyError('signer-failed', `${tokenName(info)} did not sign: ${codeText(number)}`, { cause: error, details: { number } });
      }
    };
    return closing({ key: publicKeyOf(publicKey), sign }, async () => leave(library, session));
  } catch (error) {
    calls.C_CloseSession(session);
    throw error;
  }
}

/** A token that is gone takes its session with it. */
function leave(library: Library, session: Buffer): void {
  try {
    library.calls.C_CloseSession(session);
  } catch (error) {
    if (failureNumber(error) === undefined) throw error;
  } finally {
    library.release();
  }
}

function theToken(calls: Pkcs11, wanted: Pkcs11Uri['token']): { readonly slot: Buffer; readonly info: TokenInfo } {
  const slots = calls.C_GetSlotList(true).map((slot) => ({ slot, info: calls.C_GetTokenInfo(slot) }));
  // SoftHSM always shows one more that is blank.
  const all = slots.filter(({ info }) => (info.flags & CKF_TOKEN_INITIALIZED) !== 0);
  const fits = ({ info }: { readonly info: TokenInfo }): boolean =>
    [
      [wanted.label, info.label],
      [wanted.manufacturer, info.manufacturerID],
      [wanted.model, info.model],
      [wanted.serial, info.serialNumber],
    ].every(([want, have]) => want === undefined || want === have?.trim());
  const [first, ...others] = all.filter(fits);
  if (first === undefined) {
    const here = all.map(({ info }) => info.label.trim()).filter((label) => label !== '');
    throw new KeyError('not-found', `no such token is here; tokens here: ${here.join(', ').slice(0, 200) || 'none'}`);
  }
  if (others.length > 0) throw new KeyError('ambiguous', `${others.length + 1} tokens fit the key uri, wanted one: add token= or serial=`);
  return first;
}

async function logIn(calls: Pkcs11, session: Buffer, info: TokenInfo, { pinFile }: Pkcs11Uri, tokens: Tokens): Promise<void> {
  // Another key of this token is open already.
  if (calls.C_GetSessionInfo(session).state === CKS_RO_USER_FUNCTIONS || (info.flags & CKF_LOGIN_REQUIRED) === 0) return;
  const name = tokenName(info);
  if ((info.flags & CKF_USER_PIN_LOCKED) !== 0) throw new KeyError('pin-locked', `${name} is locked: it takes no PIN any more`);
  // A PIN from a variable that is wrong would lock it, and perhaps for ever.
  if ((info.flags & CKF_USER_PIN_FINAL_TRY) !== 0)
    throw new KeyError('pin-locked', `${name} would lock itself with one more wrong PIN, so none is tried`);
  const [label, serial] = [info.label.trim(), info.serialNumber.trim()];
  const pin = pinFile === undefined ? await tokens.pin({ label, serial }) : await pinIn(pinFile);
  try {
    calls.C_Login(session, CKU_USER, pin);
  } catch (error) {
    const number = failureNumber(error);
    if (number === CKR_PIN_LOCKED) throw new KeyError('pin-locked', `${name} is locked: it takes no PIN any more`);
    // Without the cause, which a debugger would print with its arguments.
    if (number === CKR_PIN_INCORRECT || number === CKR_PIN_INVALID || number === CKR_PIN_LEN_RANGE)
      throw new KeyError('wrong-pin', `${name} refused the PIN; it was tried once, and is not tried again`);
    throw error;
  }
}

async function pinIn(path: string): Promise<string> {
  const [line = ''] = Buffer.from(await readSecretFile(path, LONGEST_PIN_FILE))
    .toString('utf8')
    .split(/\r?\n/, 1);
  if (line === '') throw new KeyError('damaged', `${path} holds no PIN: wanted it in the first line`, { details: { path } });
  return line;
}

const tokenName = ({ label, serialNumber }: TokenInfo): string => `token ${label.trim().slice(0, 40) || serialNumber.trim().slice(0, 40)}`;

const codeText = (number: number): string => `pkcs11 error 0x${number.toString(16)}`;
