// What was recorded is written again from its tree: our bytes must be those of the real programs, because a real server hashes its own.
import { isJsonArray, isJsonObject, type JsonValue, type NotarySignature, parseKeyId, readJson, writeNotaryFile } from '@countersign/core';
import { describe, expect, it } from 'vitest';
import { exchanges, filesIn } from './notary-traces.ts';

const METHODS = ['ecdsa', 'eddsa', 'rsapss'] as const;

function signatureOf(written: JsonValue): NotarySignature {
  if (!isJsonObject(written)) throw new Error('wanted an object');
  const method = METHODS.find((one) => one === written.get('method'));
  if (method === undefined) throw new Error(`another method: ${String(written.get('method'))}`);
  return { keyid: parseKeyId(String(written.get('keyid'))), method, bytes: Buffer.from(String(written.get('sig')), 'base64') };
}

describe('a file of Notary', () => {
  it('is written as the real programs write it', () => {
    const differing: string[] = [];
    let same = 0;
    for (const exchange of exchanges) {
      for (const bytes of filesIn(exchange)) {
        let document: ReturnType<typeof readJson>['value'];
        try {
          document = readJson(bytes, { maxDepth: 64 }).value;
        } catch {
          continue; // broken on purpose
        }
        if (!isJsonObject(document)) continue;
        const [signed, signatures] = [document.get('signed'), document.get('signatures')];
        if (!isJsonObject(signed) || !isJsonArray(signatures)) continue;
        const ours = writeNotaryFile(signed, signatures.map(signatureOf));
        if (Buffer.from(ours).equals(bytes)) same += 1;
        else differing.push(`${exchange.n} ${exchange.scenario}`);
      }
    }
    expect(same).toBe(319);
    expect(differing).toEqual([
      '30 add with non-canonical --custom (unsorted keys): client signs other bytes than the verifier, 400',
      '232 POST error: tampered targets',
    ]);
  });
});
