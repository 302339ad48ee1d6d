// What the rightful keys would sign after the cut: the way past the signatures, to the checks that come behind them.
import { sign } from 'node:crypto';
import type { Signer } from '@countersign/core';
import { newSignature, type Parsed, tuf } from '@countersign/core';
import type { LocalSigner } from '@countersign/signers';

const isLocal = (signer: Signer): signer is LocalSigner => 'privateKey' in signer;

/** The same content, signed by those of `signers` who sign without waiting. */
export function resignedFile(parsed: Parsed, signers: readonly Signer[]): Uint8Array {
  const message = parsed.signedBytes;
  const signatures = signers.filter(isLocal).map((signer) => {
    const algorithm = signer.privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
    return newSignature(signer.key, new Uint8Array(sign(algorithm, message, signer.privateKey)));
  });
  return tuf.file(parsed.signed, signatures);
}
