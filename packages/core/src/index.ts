export type { PublicKey, Signer } from './edit/signer.ts';
