// Every recorded exchange with the server of Notary v1, with ours in its place: what its clients sent is sent again, byte for byte, and the
// answers are the same, but for those that the page of differences lists with a reason.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchanges } from '../vectors/notary-traces.ts';
import { listedDifferences } from './listed-differences.ts';
import { differencesOf, type Renamed } from './same-answer.ts';
import { newStand, type Stand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await newStand();
});
afterAll(() => stand.close());

describe('the recorded exchanges of Notary v1', () => {
  it('are answered as they were, but for the differences that are listed', async () => {
    const renamed: Renamed = new Map();
    const found = new Map<number, readonly string[]>();
    const told: string[] = [];
    for (const exchange of exchanges) {
      // Files that our server signed have names of their own.
      const target = exchange.request.target.replace(/[0-9a-f]{64}(?=\.json$)/, (hex) => renamed.get(hex) ?? hex);
      const answer = await stand.replay(exchange, target);
      const differences = differencesOf(exchange, answer, renamed);
      if (differences.length === 0) continue;
      found.set(exchange.n, [...differences].sort());
      told.push(`${exchange.n} ${exchange.scenario}: ${exchange.response.status} became ${answer.status} ${answer.body.subarray(0, 300)}`);
    }
    expect(exchanges).toHaveLength(372);
    const unlisted = told.filter((line) => listedDifferences().get(Number.parseInt(line, 10)) === undefined);
    expect(unlisted).toEqual([]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries([...listedDifferences()].sort(([a], [b]) => a - b)));
  });
});
