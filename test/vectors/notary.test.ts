// What the real programs of Notary v1 wrote: every key id, every signature and every expiry in the recorded exchanges.
import {
  encodeCanonical,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type KeyRing,
  leafOf,
  parseExpires,
  parseKeyId,
  readJson,
  readNotaryKeys,
  readSignatureBytes,
} from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { describe, expect, it } from 'vitest';
import { exchanges, filesIn } from './notary-traces.ts';

const crypto = nativeCryptography();

interface Recorded {
  readonly n: number;
  readonly file: JsonObject;
  readonly signed: JsonObject;
}

const recorded: readonly Recorded[] = exchanges.flatMap((exchange) =>
  [...filesIn(exchange)].flatMap((bytes) => {
    const file = readOrNothing(bytes);
    const signed = file?.get('signed');
    return file !== undefined && isJsonObject(signed) ? [{ n: exchange.n, file, signed }] : [];
  }),
);

/** What is no metadata, or was broken on purpose, is not what is asked about here. */
function readOrNothing(bytes: Uint8Array): JsonObject | undefined {
  try {
    const { value } = readJson(bytes, { maxDepth: 64 });
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const keyObjects = (signed: JsonObject): readonly JsonObject[] => {
  const delegations = signed.get('delegations');
  return [signed.get('keys'), isJsonObject(delegations) ? delegations.get('keys') : undefined].filter(isJsonObject);
};

/** Ids are hashes, so that one ring serves all repositories. */
const ring: KeyRing = new Map(
  recorded.flatMap(({ signed }) => keyObjects(signed)).flatMap((keys) => [...readNotaryKeys(keys, 'keys', crypto)]),
);

describe('the recorded metadata of Notary v1', () => {
  it('names every key by its hash', () => {
    let seen = 0;
    for (const { signed } of recorded) for (const keys of keyObjects(signed)) seen += readNotaryKeys(keys, 'keys', crypto).size;
    expect({ files: recorded.length, keys: seen }).toEqual({ files: 321, keys: 371 });
  });

  it('is signed over its canonical form, but for what was broken on purpose', () => {
    const verdicts: { readonly n: number; readonly isValid: boolean }[] = [];
    for (const { n, file, signed } of recorded) {
      const signatures = file.get('signatures');
      for (const signature of isJsonArray(signatures) ? signatures : []) {
        if (!isJsonObject(signature)) continue;
        const [keyid, method, text] = ['keyid', 'method', 'sig'].map((name) => String(signature.get(name)));
        const spelling = ring.get(parseKeyId(keyid ?? ''));
        const opened = spelling === undefined ? undefined : crypto.openKey(spelling);
        const bytes = readSignatureBytes(method ?? '', text ?? '');
        verdicts.push({
          n,
          isValid: opened?.status === 'ready' && bytes !== undefined && opened.key.verify(encodeCanonical(signed), bytes),
        });
      }
    }
    const refused = verdicts.filter(({ isValid }) => !isValid).map(({ n }) => exchanges[n - 1]?.scenario);
    expect(verdicts).toHaveLength(329);
    expect(refused).toEqual([
      'add with non-canonical --custom (unsorted keys): client signs other bytes than the verifier, 400',
      'POST error: tampered targets',
      'POST error: tampered snapshot',
      'POST error: tampered root',
      'POST error: root version skipped',
    ]);
  });

  it('expires when it says, in whatever zone', () => {
    for (const { signed } of recorded) {
      const text = String(signed.get('expires'));
      expect(parseExpires(text, 'expires'), text).toBe(Date.parse(text.replace(/(\.\d{3})\d*/, '$1')));
    }
  });

  it('carries certificates of root keys whose common name is their repository', () => {
    const names = new Set<string | undefined>();
    for (const { signed } of recorded)
      for (const keys of keyObjects(signed))
        for (const key of keys.values()) {
          if (!isJsonObject(key) || !String(key.get('keytype')).endsWith('-x509')) continue;
          const keyval = key.get('keyval');
          const text = isJsonObject(keyval) ? String(keyval.get('public')) : '';
          if (signed.get('_type') === 'Root') names.add(leafOf(Buffer.from(text, 'base64').toString('utf8')).commonName);
        }
    expect([...names].sort()).toEqual([
      'acme.example/img',
      'docker.io/library/x',
      'localhost:5000/demo/app',
      'pg.example/demo',
      'pg.example/srvsnap',
      'private/app',
      'registry.example.com/team/app',
      'rsa/img',
    ]);
  });
});
