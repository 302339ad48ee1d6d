// Keys that sign: in memory, in encrypted files, derived on the server.
export type { KeyCode } from './errors.ts';
export { KeyError } from './errors.ts';
export type { LocalSigner } from './memory.ts';
export { generateSigner, signerFromPrivateKey } from './memory.ts';
export type { KeyKind } from './public-key.ts';
