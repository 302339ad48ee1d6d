// A database that is stopped, that says nothing, and that is cut off in the middle of a publish, under a server that goes on.
import { openPostgresStore } from '@countersign/store';
import { cutBefore, noPostgres, startPostgres, type TestPostgres } from '@countersign/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { type Answer, ask } from './testing/ask.ts';
import { refreshed } from './testing/client.ts';
import { closeLaboratories, DAY, type Laboratory, laboratory } from './testing/laboratory.ts';
import { keptLog } from './testing/lines.ts';
import { newPublisher, type Publisher } from './testing/publisher.ts';

let database: TestPostgres;
beforeAll(async () => {
  if (noPostgres === undefined) database = await startPostgres();
});
afterAll(() => database?.stop());
beforeEach(({ skip }) => {
  if (noPostgres !== undefined) skip(noPostgres);
});
afterEach(closeLaboratories);

const TIMES = { applicationName: 'countersign test', connections: 4, lockTimeout: 2000, statementTimeout: 5000, reconnectTimeout: 500 };
const outcome = ({ status, problem }: Answer): unknown => [status, problem.code];
const REFUSED = [503, 'unavailable'];

interface Site {
  readonly lab: Laboratory;
  readonly owner: Publisher;
  /** What was logged of the database, in words. */
  told(): readonly string[];
  reasons(): Promise<readonly string[]>;
  /** What every reader asks for was asked for, and one file was not. */
  warm(): Promise<void>;
}

async function site(begin: (log: ReturnType<typeof keptLog>['log']) => Promise<Laboratory>): Promise<Site> {
  const { log, lines } = keptLog();
  const lab = await begin(log);
  const owner = newPublisher(lab, lab);
  expect((await owner.post(await owner.first())).status).toBe(200);
  return {
    lab,
    owner,
    told: () => lines.filter(({ trouble }) => trouble === 'store-unreachable').map(({ msg }) => msg),
    reasons: async () => JSON.parse((await ask(`${lab.url}/readyz`)).body.toString()).reasons ?? [],
    async warm() {
      for (const path of ['timestamp.json', 'releases.json']) expect((await owner.get(path)).status).toBe(200);
    },
  };
}

/** What must hold while nothing comes from the database. */
async function expectOutage({ owner, lab, reasons, told }: Site): Promise<void> {
  // Valid, signed, and the newest that anybody can have published as long as the database is gone.
  for (const path of ['timestamp.json', 'releases.json']) expect((await owner.get(path)).status).toBe(200);
  const refused = await owner.get('1.root.json');
  expect([outcome(refused), refused.headers['retry-after']]).toEqual([REFUSED, '5']);
  const publish = await owner.post([['releases', Buffer.from('{}')]]);
  expect([outcome(publish), publish.headers['retry-after']]).toEqual([REFUSED, '5']);
  // Where the database is, is nobody's business.
  expect(`${refused.body}${publish.body}`).not.toMatch(/postgres|127\.0\.0\.1|:[0-9]{4}/);
  expect(await reasons()).toEqual(['store-unreachable']);
  expect((await ask(`${lab.url}/livez`)).status).toBe(200);
  expect(told()).toEqual(['the store does not answer: reads go on from what is kept ready']);
}

async function expectRecovery({ owner, lab, reasons, told }: Site): Promise<void> {
  await expect.poll(reasons, { timeout: 15_000, interval: 100 }).toEqual([]);
  await expect.poll(async () => (await owner.get('1.root.json')).status).toBe(200);
  const releases = (await owner.get('releases.json')).body;
  expect((await owner.post(await owner.tagged(releases, 'after'))).status).toBe(200);
  expect((await owner.get('releases.json')).body.toString()).toContain('"after"');
  await refreshed(owner);
  expect(told()).toEqual(['the store does not answer: reads go on from what is kept ready', 'the store answers again']);
  expect(lab.fatal).toEqual([]);
}

it('a database that is stopped: reads go on as long as their timestamp allows, writes say why, and all is well when it is back', async () => {
  const url = await database.freshUrl();
  const here = await site((log) => laboratory('level', { store: url }, log));
  await here.warm();
  await database.halt();
  try {
    await expectOutage(here);
    // Half of its life is over: it must be signed anew, and nobody can.
    here.lab.forward(2 * DAY);
    expect(outcome(await here.owner.get('timestamp.json'))).toEqual(REFUSED);
  } finally {
    await database.resume();
  }
  await expectRecovery(here);
});

it('a database that says nothing: who comes first waits for the deadline, nobody waits after that, and it goes on where it was', async ({
  skip,
}) => {
  if (process.platform !== 'linux') return skip('stopping the processes of a database is written for Linux');
  const store = await openPostgresStore(await database.freshUrl(), { ...TIMES, readTimeout: 400 });
  onTestFinished(() => store.close());
  const here = await site((log) => laboratory(store, {}, log));
  await here.warm();
  await database.freeze();
  try {
    const first = performance.now();
    expect(outcome(await here.owner.get('2.root.json'))).toEqual(REFUSED);
    expect(performance.now() - first).toBeLessThan(4_000);
    const crowd = performance.now();
    const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => here.owner.get(`${index + 3}.root.json`)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    // One after the other they would have taken 24 seconds.
    expect(performance.now() - crowd).toBeLessThan(4_000);
    await expectOutage(here);
  } finally {
    await database.thaw();
  }
  await expectRecovery(here);
});

it('a publish in whose middle the database is cut off: 503, no further writes, and none of it is lost or done twice', async () => {
  const cut = await cutBefore(database.host, database.port);
  onTestFinished(() => cut.close());
  const store = await openPostgresStore(await database.freshUrl(cut.port), { ...TIMES, readTimeout: 400 });
  onTestFinished(() => store.close());
  const here = await site((log) => laboratory(store, {}, log));
  const { owner, lab, reasons } = here;
  await here.warm();
  const next = await owner.tagged((await owner.get('releases.json')).body, 'v1');
  // It was prepared by name on the old connection.
  cut.cutAll();
  cut.mend();
  await expect.poll(async () => (await owner.get('1.root.json')).status).toBe(200);
  cut.cutAt('commit\0', 'before it is answered', 'stay cut');
  expect(outcome(await owner.post(next))).toEqual(REFUSED);
  expect(await reasons()).toContain('store-unsure');
  const again = await owner.post(next);
  expect([again.status, again.problem.detail]).toEqual([503, 'this server takes no writes at this moment: store-unsure']);
  cut.mend();
  await expect.poll(reasons, { timeout: 15_000, interval: 100 }).toEqual([]);
  // It had arrived.
  expect((await owner.get('releases.json')).body.toString()).toContain('"v1"');
  expect(outcome(await owner.post(next))).toEqual([409, 'conflict']);
  await refreshed(owner);
  expect(lab.fatal).toEqual([]);
});
