import { createPublicKey } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newIdentity } from '@countersign/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { closeLaboratories, temporaryFolder } from '../testing/laboratory.ts';
import { YEAR } from '../testing/tokens.ts';
import { encodeBase32 } from './base32.ts';
import { libtrustId, readBundle, readBundleFile, thumbprint } from './bundle.ts';

afterEach(closeLaboratories);

const one = newIdentity({ name: 'one', ...YEAR });
const two = newIdentity({ name: 'two', kind: 'rsa', ...YEAR });
const refused = expect.objectContaining({ code: 'invalid-config', message: expect.stringContaining('bundle.pem') });

describe('a bundle', () => {
  it('holds every certificate of its file, by both ids of its key, and nothing of what stands between them', () => {
    const { anchors, byKeyId } = readBundle(`subject=one\n${one.pem}\n${two.pem.replaceAll('\n', '\r\n')}trailer`, 'bundle.pem');
    expect(anchors.map(({ x509 }) => x509.subject)).toEqual(['CN=one', 'CN=two']);
    for (const { publicKey } of [one, two]) {
      expect(byKeyId.get(libtrustId(publicKey))?.x509.publicKey.equals(publicKey)).toBe(true);
      expect(byKeyId.get(thumbprint(publicKey))?.x509.publicKey.equals(publicKey)).toBe(true);
    }
    expect(byKeyId.size).toBe(4);
  });

  it.each([
    ['nothing', ''],
    ['a key', createPublicKey(one.key).export({ type: 'spki', format: 'pem' }).toString()],
    ['a certificate that is none', `${one.pem}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`],
    ['a certificate that was cut off', one.pem.replace(/\n[^\n]+\n-----END/, '\n-----END')],
  ])('of %s is refused', (_, pem) => {
    expect(() => readBundle(pem, 'bundle.pem')).toThrowError(refused);
  });

  it('that is not there is refused, by its name', async () => {
    const folder = await temporaryFolder();
    await expect(readBundleFile(join(folder, 'bundle.pem'))).rejects.toMatchObject({ code: 'invalid-config' });
    await writeFile(join(folder, 'bundle.pem'), one.pem);
    expect((await readBundleFile(join(folder, 'bundle.pem'))).anchors).toHaveLength(1);
  });
});

describe('the id of a key', () => {
  it('is that of libtrust: the example in the specification of registry tokens', () => {
    const x = 'm7zUpx3b-zmVE5cymSs64POG9QcyEpJaYCD82-549_Q';
    const y = 'dU3biz8sZ_8GPB-odm8Wxz3lNDr1xcAQQPQaOcr1fmc';
    const key = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x, y } });
    expect(libtrustId(key)).toBe('PYYO:TEWU:V7JH:26JV:AQTZ:LJC3:SXVJ:XGHA:34F2:2LAQ:ZRMK:Z7Q6');
  });

  it('or its thumbprint: RFC 7638 §3.1', () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W' +
      '-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08q' +
      'NLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
    const key = createPublicKey({ format: 'jwk', key: { kty: 'RSA', n, e: 'AQAB' } });
    expect(thumbprint(key)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  });

  it('is spelt in the alphabet of RFC 4648 §10', () => {
    const spelt = ['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar'].map((text) => encodeBase32(Buffer.from(text)));
    expect(spelt).toEqual(['', 'MY', 'MZXQ', 'MZXW6', 'MZXW6YQ', 'MZXW6YTB', 'MZXW6YTBOI']);
  });
});
