// A signer of exec: for tests, and an example of the protocol: `public` prints the public key, `sign` reads a message and prints the
// signature. Usage: node program-that-signs.mjs KEY.pem [MISTAKE] public|sign
import { constants, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';

const [file, ...rest] = process.argv.slice(2);
const command = rest.pop();
const [mistake] = rest;
const key = createPrivateKey(readFileSync(file));
const algorithm = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
// Keys of RSA alone have a padding.
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };

if (mistake === 'fails') {
  process.stderr.write('the card is not in the reader\n');
  process.exit(3);
}
if (mistake === 'sleeps') setInterval(() => undefined, 1000);
else if (mistake === 'floods') process.stdout.write('x'.repeat(1_000_000));
else if (command === 'public' && mistake === 'shows-private') process.stdout.write(key.export({ type: 'pkcs8', format: 'pem' }));
else if (command === 'public') process.stdout.write(createPublicKey(key).export({ type: 'spki', format: 'pem' }));
else if (command === 'sign') {
  const message = await buffer(process.stdin);
  if (mistake === 'locks') process.exit(1);
  if (mistake === 'signs-something-else') message[0] ^= 1;
  process.stdout.write(
    sign(algorithm, message, { key, dsaEncoding: 'der', ...(key.asymmetricKeyType === 'rsa' && mistake !== 'pads-otherwise' ? pss : {}) }),
  );
}
