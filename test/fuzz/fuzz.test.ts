// A short run with every `npm test`, each with another seed; `npm run fuzz` does the long ones.
import { randomInt } from 'node:crypto';
import { encodeUtf8 } from '@countersign/core';
import { strippedSignatures } from '@countersign/testkit';
import { describe, expect, it } from 'vitest';
import { chanceOf } from '../lab/chance.ts';
import { judgeFile } from './claims.ts';
import { makeCorpus } from './corpus.ts';
import { cut, cuttable } from './cut.ts';
import { fuzz } from './fuzz.ts';
import { oracleFor } from './oracle.ts';

const COUNT = 5000;

it('cut files are refused, or say what was signed', async () => {
  const seed = randomInt(2 ** 32);
  const { finding, outcomes, resigned } = await fuzz({ seed, count: COUNT });
  expect(finding && `seed ${seed}, file ${finding.round}, a ${finding.role}: ${finding.why}`).toBeUndefined();
  expect([...outcomes.values()].reduce((sum, times) => sum + times, 0)).toBe(COUNT);
  // A run that refuses everything at the door, or signs nothing again, would claim nothing.
  for (const code of ['accepted', 'malformed', 'signature', 'mismatch', 'too-large'])
    expect([seed, code, outcomes.has(code)]).toContain(true);
  expect(resigned).toBeGreaterThan(COUNT / 100);
});

describe('the fuzzer', () => {
  it('makes the same files from the same seed', async () => {
    const [subject, donor] = (await makeCorpus()).subjects.map(cuttable);
    if (subject === undefined || donor === undefined) throw new Error('no corpus');
    const files = (seed: number): Uint8Array[] => {
      const chance = chanceOf(seed);
      return Array.from({ length: 50 }, () => cut(subject, donor, chance).bytes);
    };
    expect(files(1)).toEqual(files(1));
    expect(files(1)).not.toEqual(files(2));
  });

  it('accepts every file that it starts from', async () => {
    const { subjects, floor } = await makeCorpus();
    for (const subject of subjects.map(cuttable)) {
      for (const memory of [undefined, floor]) {
        expect([subject.name, judgeFile(subject, subject.file, { floor: memory, oracle: oracleFor(subject), spare: false })]).toEqual([
          subject.name,
          { is: 'harmless', code: 'accepted' },
        ]);
      }
    }
  });

  it('would notice an unsigned change, and a threshold that was not met', async () => {
    for (const subject of (await makeCorpus()).subjects) {
      const { objection } = oracleFor(subject);
      const at = new TextDecoder().decode(subject.file).indexOf('"version":') + '"version":'.length;
      const text = new TextDecoder().decode(subject.file);
      expect(objection(encodeUtf8(`${text.slice(0, at)}9${text.slice(at)}`))).toBe('what is signed was changed');
      expect(objection(strippedSignatures(subject.file))).toMatch(/^signed by 0 of/);
      const one = strippedSignatures(subject.file, subject.role.threshold);
      expect(objection(one)).toBeUndefined();
      expect(objection(encodeUtf8(new TextDecoder().decode(one).replace(/"sig":"../, '"sig":"zz')))).toMatch(/^signed by/);
    }
  });
});
