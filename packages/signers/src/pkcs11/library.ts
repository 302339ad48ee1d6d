// What speaks PKCS#11: the optional package pkcs11js, and through it the library of the token's maker. Both are native code, so both
// are loaded only when a key on a token is asked for.
import { createRequire } from 'node:module';
import { KeyError } from '../errors.ts';

/** The calls of PKCS#11 2.40 that are used here, as pkcs11js offers them. Each throws an error with the number in `code`. */
export interface Pkcs11 {
  load(path: string): void;
  close(): void;
  C_Initialize(): void;
  C_Finalize(): void;
  C_GetSlotList(withToken: boolean): readonly Buffer[];
  C_GetTokenInfo(slot: Buffer): TokenInfo;
  C_OpenSession(slot: Buffer, flags: number): Buffer;
  C_CloseSession(session: Buffer): void;
  C_GetSessionInfo(session: Buffer): { readonly state: number };
  C_Login(session: Buffer, user: number, pin: string): void;
  C_FindObjectsInit(session: Buffer, template: readonly Attribute[]): void;
  C_FindObjects(session: Buffer, most: number): readonly Buffer[];
  C_FindObjectsFinal(session: Buffer): void;
  C_GetAttributeValue(session: Buffer, object: Buffer, wanted: readonly Attribute[]): readonly { readonly value: Buffer }[];
  C_SignInit(session: Buffer, mechanism: { readonly mechanism: number }, key: Buffer): void;
  C_Sign(session: Buffer, data: Buffer, room: Buffer): Buffer;
}

export interface Attribute {
  readonly type: number;
  readonly value?: Buffer | number;
}

export interface TokenInfo {
  readonly label: string;
  readonly manufacturerID: string;
  readonly model: string;
  readonly serialNumber: string;
  readonly flags: number;
}

/** A library that is loaded, and initialised, until its last user lets go of it. */
export interface Library {
  readonly calls: Pkcs11;
  release(): void;
}

const open = new Map<string, { readonly calls: Pkcs11; users: number }>();

/** Throws KeyError('no-module') when pkcs11js is not installed, or `path` is no library that loads. */
export function openLibrary(path: string): Library {
  const standing = open.get(path) ?? { calls: load(path), users: 0 };
  open.set(path, standing);
  standing.users += 1;
  let held = true;
  return {
    calls: standing.calls,
    release() {
      if (!held) return;
      held = false;
      standing.users -= 1;
      if (standing.users > 0) return;
      open.delete(path);
      standing.calls.C_Finalize();
      standing.calls.close();
    },
  };
}

const NAME = 'pkcs11js';

function load(path: string): Pkcs11 {
  const calls = newInstance();
  try {
    calls.load(path);
    calls.C_Initialize();
    return calls;
  } catch (cause) {
    throw new KeyError('no-module', `${path} is no pkcs11 library that loads here`, { cause, details: { path } });
  }
}

function newInstance(): Pkcs11 {
  try {
    // By require, which also looks into NODE_PATH: the package compiles where it is installed, and need not lie beside this program.
    const library: { readonly PKCS11: new () => Pkcs11 } = createRequire(import.meta.url)(NAME);
    return new library.PKCS11();
  } catch (cause) {
    throw new KeyError('no-module', `keys on tokens need the package ${NAME}, which is not installed or does not load`, { cause });
  }
}

/** The number of a failed call (CKR_…), or undefined for an error of another kind. */
export const failureNumber = (error: unknown): number | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
