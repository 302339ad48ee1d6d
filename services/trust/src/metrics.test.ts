import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parseServerConfig } from './config.ts';
import { Horizon } from './horizon.ts';
import type { ProcessNumbers } from './process-numbers.ts';
import { requestClass } from './request-class.ts';
import { startTrustServer } from './start.ts';
import { ask } from './testing/ask.ts';
import { closeLaboratories, DAY, laboratory, NOON, temporaryFolder } from './testing/laboratory.ts';
import { newPublisher } from './testing/publisher.ts';

afterEach(closeLaboratories);

const METRICS = '/_countersign/v1/metrics';

async function numbers(url: string, headers: Readonly<Record<string, string>> = {}): Promise<ReadonlyMap<string, number>> {
  const { status, body } = await ask(`${url}${METRICS}`, { headers });
  expect(status).toBe(200);
  const lines = body.toString().split('\n');
  return new Map(
    lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.replace(/ [^ ]*$/, ''), Number(/[^ ]*$/.exec(line)?.[0])]),
  );
}

/** A server that did a little of everything. */
async function busy() {
  const lab = await laboratory('level');
  const owner = newPublisher(lab, lab);
  const first = await owner.first();
  await owner.post(first);
  await owner.post(first);
  for (const path of ['timestamp.json', 'timestamp.json', 'timestamp.json', '2.root.json']) await owner.get(path);
  lab.forward(2 * DAY);
  await owner.get('timestamp.json');
  // What was signed for the one before is ready for this one.
  await owner.get('timestamp.json');
  return { lab, owner };
}

describe('the numbers', () => {
  it('count requests, refusals, commits, signatures, the store and what runs out, and name nobody', async () => {
    const { lab, owner } = await busy();
    const found = await numbers(lab.url);
    const of = (name: string): number | undefined => found.get(`countersign_${name}`);
    expect(of('requests_total{class="ready",status="2xx"}')).toBe(3);
    expect(of('requests_total{class="publish",status="2xx"}')).toBe(1);
    expect(of('requests_total{class="publish",status="4xx"}')).toBe(1);
    expect(of('refusals_total{code="conflict"}')).toBe(1);
    expect(of('commits_total{dialect="tuf",kind="publish"}') ?? of('commits_total{dialect="tuf",kind="root"}')).toBe(1);
    expect(of('commits_total{dialect="tuf",kind="timestamp"}')).toBe(1);
    expect(of('signing_duration_seconds_count{role="timestamp"}')).toBe(2);
    expect(of('request_duration_seconds_bucket{class="publish",le="+Inf"}')).toBe(2);
    expect(of('request_duration_seconds_count{class="publish"}')).toBe(2);
    expect(of('store_commits_total')).toBe(2);
    expect(of('store_batches_total')).toBe(2);
    expect(of('ready')).toBe(1);
    expect(of('ready_cache_bytes')).toBeGreaterThan(1000);
    expect((of('earliest_expiry_timestamp_seconds{role="timestamp"}') ?? 0) * 1000).toBe(lab.now() + 3 * DAY);
    expect(found.get('process_resident_memory_bytes')).toBeGreaterThan(1e7);
    const { body } = await ask(`${lab.url}${METRICS}`);
    expect(body.toString()).not.toContain(new URL(owner.base).pathname.split('/')[2]);
    // Others that are asked for, and refused, make no new series.
    const ours = async () => [...(await numbers(lab.url)).keys()].filter((name) => name.startsWith('countersign_'));
    const before = (await ours()).length;
    for (let name = 0; name < 20; name += 1) await ask(`${lab.url}/v2/other/${name}/_trust/metadata/timestamp.json`);
    for (const path of ['/', '/x', '/v2/a/_trust/tuf/root.json', '/_countersign/v1/none']) await ask(`${lab.url}${path}`);
    const after = await ours();
    expect(after.length - before).toBeLessThanOrEqual(after.filter((name) => name.includes('refusals')).length);
  });

  it('are for those who administer everything, and for nobody else', async () => {
    const file = join(await temporaryFolder(), 'access.json');
    const entry = (name: string, guns: string, actions: string[]) => ({
      sha256: createHash('sha256').update(name).digest('hex'),
      guns: [guns],
      actions,
    });
    writeFileSync(
      file,
      JSON.stringify([entry('all', '**', ['admin']), entry('some', 'a/**', ['admin']), entry('reader', '**', ['pull', 'push'])]),
    );
    const { url } = await laboratory('memory', { access: file });
    const as = async (token: string) => (await ask(`${url}${METRICS}`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect([await as('all'), await as('some'), await as('reader'), await as('none')]).toEqual([200, 403, 403, 401]);
    expect((await ask(`${url}${METRICS}`)).status).toBe(401);
    expect((await ask(`${url}/metrics`)).status).not.toBe(200);
  });

  it('have an address of their own where one is given, of this machine unless somebody says otherwise', async () => {
    const data = join(await temporaryFolder(), 'data');
    for (const metricsListen of ['0.0.0.0:9464', '10.0.0.1:9464', '[::]:9464']) {
      expect(() => parseServerConfig({ data, metricsListen })).toThrowError(expect.objectContaining({ code: 'unsafe-listen' }));
      expect(parseServerConfig({ data, metricsListen, unsafeOpenMetrics: true }).metricsListen?.port).toBe(9464);
    }
    const config = parseServerConfig({ data, listen: '127.0.0.1:0', metricsListen: '127.0.0.1:0' });
    const server = await startTrustServer({ config, now: () => NOON, log: 'silent', onFatal: () => undefined });
    try {
      const answer = await ask(`${server.metricsUrl}/metrics`);
      expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
      expect(answer.body.toString()).toContain('countersign_ready 1\n');
      for (const path of ['/', '/v2/', METRICS]) expect((await ask(`${server.metricsUrl}${path}`)).status).toBe(404);
    } finally {
      await server.close();
    }
  });
});

it('of several processes are added up, and the worst is told where a sum says nothing', async () => {
  const folder = await temporaryFolder();
  const config = parseServerConfig({ data: join(folder, 'data'), listen: '127.0.0.1:0' });
  const siblings = (own: () => Promise<ProcessNumbers>) => async () => [await own(), structuredClone(await own())];
  const server = await startTrustServer({ config, siblings, now: () => NOON, log: 'silent', onFatal: () => undefined });
  try {
    await ask(`${server.url}/v2/none/_trust/metadata/timestamp.json`);
    const found = await numbers(server.url);
    const of = (name: string): number | undefined => found.get(`countersign_${name}`);
    expect(of('processes')).toBe(2);
    expect(of('ready')).toBe(1);
    expect(of('requests_total{class="metadata",status="4xx"}')).toBe(2);
    expect(of('request_duration_seconds_count{class="metadata"}')).toBe(2);
    expect(
      of('request_duration_seconds_bucket{class="metadata",le="+Inf"}') ??
        of('request_duration_seconds_bucket{le="+Inf",class="metadata"}'),
    ).toBe(2);
  } finally {
    await server.close();
  }
});

describe('a dashboard and alarms', () => {
  const file = (name: string): string => readFileSync(new URL(`../../../deploy/${name}`, import.meta.url), 'utf8');
  const metricsIn = (text: string): string[] => [...new Set(text.match(/\b(?:countersign|process|nodejs)_[a-z0-9_]+/g) ?? [])];

  it('name nothing that is not told', async () => {
    const { lab } = await busy();
    await ask(`${lab.url}/readyz`);
    const told = (await ask(`${lab.url}${METRICS}`)).body.toString();
    const names = new Set(told.split('\n').map((line) => /^(?:# TYPE )?([a-z0-9_]+)/.exec(line)?.[1]));
    for (const name of ['grafana/countersign.json', 'prometheus/alerts.yml']) {
      const used = metricsIn(file(name));
      expect(used.length, name).toBeGreaterThan(5);
      expect(
        used.filter((metric) => !names.has(metric)),
        name,
      ).toEqual([]);
    }
    // And nothing of ours is told that no panel shows.
    const shown = metricsIn(file('grafana/countersign.json'));
    const ours = told.match(/(?<=# TYPE )countersign_[a-z0-9_]+/g) ?? [];
    expect(ours.filter((metric) => !shown.some((name) => name.startsWith(metric)))).toEqual([]);
  });

  it('fit on a page', () => {
    const { panels } = JSON.parse(file('grafana/countersign.json'));
    expect(new Set(panels.map(({ gridPos }: { gridPos: { x: number; y: number } }) => `${gridPos.x} ${gridPos.y}`)).size).toBe(
      panels.length,
    );
    for (const { targets } of panels) for (const { expr } of targets) expect(expr).toContain('$instance');
  });
});

it('a class is one of a few, whatever is asked for', () => {
  expect(
    (
      [
        ['GET', '/v2/a/b/_trust/metadata/timestamp.json'],
        ['GET', '/v2/a/_trust/tuf/root.json?x'],
        ['POST', '/v2/a/_trust/tuf/'],
        ['DELETE', '/v2/a/_trust/metadata/'],
        ['GET', '/v2/a/_trust/metadata/timestamp.key'],
        ['GET', '/v2/_trust/changefeed?records=1'],
        ['PUT', '/_countersign/v1/repositories/a/pending/releases'],
        ['GET', '/_countersign/v1/repositories/a/records'],
        ['GET', '/readyz'],
        ['BREW', 'no path'],
      ] as const
    ).map(([method, url]) => requestClass(method, url)),
  ).toEqual(['metadata', 'metadata', 'publish', 'delete', 'key', 'changefeed', 'pending', 'records', 'health', 'other']);
});

it('what nobody asks for any more is no alarm, and there is an end to what is remembered', () => {
  const horizon = new Horizon();
  const at = (milliseconds: number) => (NOON + milliseconds) as typeof NOON;
  horizon.note('timestamp', 'idle', at(DAY), NOON);
  horizon.note('timestamp', 'read', at(2 * DAY), at(DAY));
  expect(horizon.earliest('timestamp', at(60_000))).toBe(at(DAY));
  expect(horizon.earliest('timestamp', at(DAY + 60_000))).toBe(at(2 * DAY));
  horizon.note('timestamp', 'read', at(5 * DAY), at(DAY));
  expect(horizon.earliest('timestamp', at(DAY + 60_000))).toBe(at(5 * DAY));
  for (let name = 0; name < 10_001; name += 1) horizon.note('root', String(name), at(name === 0 ? 1 : DAY), NOON);
  expect(horizon.earliest('root', NOON)).toBe(at(DAY));
});
