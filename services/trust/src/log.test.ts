import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';
import { ask } from './testing/ask.ts';
import { closeLaboratories, DAY, laboratory, temporaryFolder } from './testing/laboratory.ts';
import { newPublisher } from './testing/publisher.ts';

afterEach(closeLaboratories);

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly [fact: string]: unknown;
}

it('has one line for each write and each refusal, none for reads, and no secret', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'info', base: null }, { write: (line: string) => lines.push(line) });
  const file = join(await temporaryFolder(), 'access.json');
  const entry = { sha256: createHash('sha256').update('open sesame').digest('hex'), name: 'ci', guns: ['**'], actions: ['pull', 'push'] };
  await writeFile(file, JSON.stringify([entry]));
  const lab = await laboratory('memory', { access: file }, log);
  const owner = newPublisher(lab, { now: lab.now, headers: { authorization: 'Bearer opensesame' } });
  const good = newPublisher(lab, { now: lab.now, headers: { authorization: `Basic ${Buffer.from('ci:open sesame').toString('base64')}` } });
  const told = (): readonly Line[] => lines.splice(0).map((line) => JSON.parse(line));
  expect(told().map(({ msg }) => msg)).toEqual(['listening']);

  expect((await owner.get('root.json')).status).toBe(401);
  const first = await good.first();
  expect((await good.post(first)).status).toBe(200);
  for (const path of ['root.json', 'root.json', '2.root.json', 'timestamp.json']) await good.get(path);
  expect((await good.post(first)).status).toBe(409);
  lab.forward(2 * DAY);
  await good.get('timestamp.json');
  expect((await ask(good.base, { method: 'DELETE', headers: { authorization: 'Bearer nobody' } })).status).toBe(401);

  expect(lines.join('')).not.toMatch(/sesame|b3BlbiBzZXNhbWU|nobody/);
  expect(told().map(({ msg, status, code, caller, seq }) => ({ msg, status, code, caller, seq }))).toEqual([
    { msg: 'refused', status: 401, code: 'auth' },
    { msg: 'written', status: 200, caller: 'ci', seq: 1 },
    { msg: 'refused', status: 409, code: 'conflict' },
    { msg: 'signed a timestamp anew', seq: 1 },
    { msg: 'refused', status: 401, code: 'auth' },
  ]);
});
