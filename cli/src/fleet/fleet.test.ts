// One key in several repositories: planned, rotated, revoked and reported, with a real server.
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lyingServer } from '../testing/lying-server.ts';
import { type Machine, machine } from '../testing/machine.ts';
import { type Town, town } from '../testing/town.ts';
import { placeHere, startOf } from './this-process.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const NAMES = ['one', 'two'].map((name) => `registry.example.com/fleet/${name}`);

let keys: Machine;
let place: Town;
let me: Machine;
// Made once: opening a key is slow on purpose, and so is making one.
beforeAll(async () => {
  keys = await machine();
  for (const label of ['root', 'targets', 'ci', 'next', 'spare']) await done(keys, 'key', 'generate', '--label', label);
});
afterAll(() => keys.remove());
beforeEach(async () => {
  place = await town();
  me = place.publisher;
  cpSync(join(keys.trustDir, 'keys'), join(me.trustDir, 'keys'), { recursive: true });
});
afterEach(() => place.close());

async function done(machine: Machine, ...words: string[]) {
  const result = await machine.run(...words);
  expect(result.exit, `${words.join(' ')}\n${result.stdout}${result.stderr}`).toBe(0);
  return result;
}

/** `ci` signs what is released; `targets` says so. */
async function begin(names: readonly string[] = NAMES, repositoryKey = 'targets'): Promise<void> {
  for (const name of names) {
    await done(me, 'init', name, '--root-key', 'root', '--repository-key', repositoryKey);
    if (repositoryKey !== 'ci') await done(me, 'key', 'rotate', 'releases', name, '--key', 'ci');
    await done(me, 'sign', `${name}:v1`, '--digest', DIGEST, '--length', '7');
  }
}

const fleet = (...words: string[]) => me.run('fleet', ...words, '--output', 'json');
const rotate = (...words: string[]) => fleet('rotate', '--key', 'ci', '--to', 'next', ...words);
const journals = (): string[] => readdirSync(join(me.trustDir, 'state', 'fleet')).map((name) => join(me.trustDir, 'state', 'fleet', name));
const trusting = async (label: string): Promise<readonly string[]> => {
  const { json } = await fleet('plan', '--key', label);
  return (json['repositories'] as { readonly gun: string }[]).map(({ gun }) => gun);
};

describe('fleet plan', () => {
  it('finds every role that names the key, and what it had signed', async () => {
    await begin();
    const { json, exit } = await fleet('plan', '--key', 'ci');
    expect(exit).toBe(0);
    expect(json['repositories']).toMatchObject(
      [...NAMES]
        .sort()
        .map((gun) => ({ gun, uses: [{ role: 'releases', by: 'targets', signed: true, entries: [{ path: 'v1', digest: DIGEST }] }] })),
    );
    expect(await trusting('next')).toEqual([]);
  });

  it('lists what is not pinned here, and does not look at it', async () => {
    await begin();
    const other = await place.consumer();
    await done(other, 'init', 'registry.example.com/other/app');
    const { json, exit, stderr } = await fleet('plan', '--key', 'ci');
    expect(exit).toBe(18);
    expect(json).toMatchObject({ ok: false, code: 'untrusted-root', unpinned: ['registry.example.com/other/app'] });
    expect(json['repositories']).toHaveLength(2);
    expect(stderr).toContain('not pinned here, and not looked at: registry.example.com/other/app');
    expect((await fleet('plan', '--key', 'ci', '--below', 'registry.example.com/fleet')).exit).toBe(0);
    const told = await fleet('plan', '--key', 'ci', '--unsafe-first-use');
    expect(told).toMatchObject({ exit: 0, json: { unpinned: [], free: 1 } });
  });

  it('fails when a pinned repository is not on the list of the server', async () => {
    await begin();
    await done(me, 'trust', 'pin', 'registry.example.com/fleet/hidden', `sha256:${'ab'.repeat(32)}@1`);
    const { json, exit } = await fleet('plan', '--key', 'ci');
    expect(exit).toBe(1);
    expect(json).toMatchObject({ code: 'incomplete', details: { hidden: ['registry.example.com/fleet/hidden'] } });
    expect((await rotate('--dry-run')).json).toMatchObject({ exit: 1, code: 'incomplete', count: 2 });
    expect((await fleet('plan', '--key', 'ci', '--below', 'registry.example.com/fleet/one')).exit).toBe(0);
  });

  it('fails when a repository that was used here without a pin is not on the list of the server', async () => {
    const other = await place.consumer();
    const app = 'registry.example.com/other/app';
    const { stdout: pin } = await done(other, 'init', app);
    await begin(NAMES.slice(0, 1));
    await done(me, 'list', app, '--root-pin', pin.trim());
    expect((await fleet('plan', '--key', 'ci')).exit).toBe(0);
    const honest = me.env;
    const server = await lyingServer(async (request, response) => {
      const answer = await fetch(new URL(request.url ?? '/', place.server.url));
      const text = Buffer.from(await answer.arrayBuffer());
      const isList = request.url?.startsWith('/_countersign/v1/repositories?') === true;
      response.writeHead(answer.status).end(isList ? text.toString().replace(`"${app}"`, `"${NAMES[0]}"`) : text);
    });
    me.env = { ...honest, COUNTERSIGN_SERVER: server.url };
    const { json, exit, stdout } = await fleet('plan', '--key', 'ci');
    await server.close();
    expect(exit, stdout).toBe(1);
    expect(json).toMatchObject({ code: 'incomplete', details: { hidden: [app] } });
  });

  it('fails when the server shows another root than the pinned one', async () => {
    const stranger = await place.consumer();
    await done(stranger, 'init', 'registry.example.com/fleet/one');
    await done(me, 'trust', 'pin', 'registry.example.com/fleet/one', `sha256:${'ab'.repeat(32)}@1`);
    const { json, exit } = await fleet('plan', '--key', 'ci');
    expect(exit).toBe(1);
    expect(json).toMatchObject({ details: { problems: [{ gun: 'registry.example.com/fleet/one', code: 'untrusted-root' }] } });
  });

  it('needs a server', async () => {
    me.env = { ...me.env, COUNTERSIGN_SERVER: undefined };
    expect((await fleet('plan', '--key', 'ci')).json).toMatchObject({ code: 'no-server', exit: 2 });
  });
});

describe('fleet rotate', () => {
  it('puts one key in the place of another everywhere, and is asked once', async () => {
    await begin();
    expect((await rotate()).json).toMatchObject({ exit: 2, code: 'bad-arguments' });
    expect((await rotate('--yes')).json).toMatchObject({ exit: 2 });
    expect((await rotate('--yes-count', '3')).json).toMatchObject({ exit: 2 });
    expect(await trusting('next')).toEqual([]);
    me.person = { answers: ['2'], questions: [] };
    const { json, exit } = await rotate('--report', 'done.json');
    expect(me.person.questions).toEqual(['This changes 2 repositories. Type the number to go on']);
    me.person = undefined;
    expect(exit).toBe(0);
    expect(json['repositories']).toMatchObject(
      [...NAMES].sort().map((gun) => ({ gun, outcome: 'done', versions: { targets: 3, releases: 4 } })),
    );
    expect(await trusting('ci')).toEqual([]);
    expect(await trusting('next')).toEqual([...NAMES].sort());
    const status = await done(me, 'fleet', 'status', '--report', 'done.json', '--output', 'json');
    expect(status.json).toMatchObject({ kind: 'rotate', done: 2 });
  });

  it('changes what is pinned, never what is not, and fails for that, until a person says so', async () => {
    await begin();
    // Somebody else's repository, in which the key is trusted too and whose keys are here: only the pin is missing.
    const other = await place.consumer();
    cpSync(join(me.trustDir, 'keys'), join(other.trustDir, 'keys'), { recursive: true });
    const gun = 'registry.example.com/other/app';
    await done(other, 'init', gun, '--root-key', 'root', '--repository-key', 'targets');
    await done(other, 'key', 'rotate', 'releases', gun, '--key', 'ci');
    const planned = await rotate('--dry-run');
    expect(planned.json).toMatchObject({ exit: 18, code: 'untrusted-root', count: 2, unpinned: [gun] });
    const { json, exit } = await rotate('--yes-count', '2', '--report', 'done.json');
    expect(exit).toBe(18);
    expect(json).toMatchObject({ code: 'untrusted-root', unpinned: [gun], repositories: [{ outcome: 'done' }, { outcome: 'done' }] });
    expect(JSON.parse(readFileSync(join(me.folder, 'done.json'), 'utf8')).report).toMatchObject({ unpinned: [gun] });
    const uses = await other.run('fleet', 'plan', '--key', 'ci', '--below', gun, '--output', 'json');
    expect(uses.json['repositories']).toMatchObject([{ gun }]);
    expect((await rotate('--yes-count', '1', '--unsafe-first-use')).exit).toBe(0);
    const after = await other.run('fleet', 'plan', '--key', 'ci', '--below', gun, '--output', 'json');
    expect(after.json['repositories']).toEqual([]);
  });

  it('changes nothing when another number is typed', async () => {
    await begin();
    me.person = { answers: ['30'], questions: [] };
    expect((await rotate()).exit).toBe(3);
    me.person = undefined;
    expect(await trusting('next')).toEqual([]);
  });

  it('shows before and after, and changes nothing, with --dry-run', async () => {
    await begin(NAMES.slice(0, 1));
    const { stdout, exit } = await me.run('fleet', 'rotate', '--key', 'ci', '--to', 'next', '--dry-run');
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^\S+\/one {2}releases {2}in targets {2}1 of [0-9a-f]{16} {2}-> 1 of [0-9a-f]{16}\n$/);
    expect(await trusting('next')).toEqual([]);
  });

  it('leaves roots alone, and says so, unless they are included', async () => {
    await begin(NAMES.slice(0, 2), 'ci');
    const { json, exit, stderr } = await rotate('--yes-count', '2');
    expect(exit).toBe(1);
    expect(json).toMatchObject({ code: 'incomplete', details: { repositories: [{ outcome: 'left', left: ['targets in root'] }, {}] } });
    expect(stderr).toBe('');
    const again = await rotate('--yes-count', '2', '--include-root');
    expect(again.exit, again.stdout).toBe(0);
    expect(await trusting('ci')).toEqual([]);
  });

  it('goes on after a crash: what is done is not signed again, and the report tells of both runs', async () => {
    await begin();
    await done(me, 'fleet', 'rotate', '--key', 'ci', '--to', 'next', '--yes-count', '2');
    const [path = ''] = journals();
    const lines = readFileSync(path, 'utf8').split('\n');
    // As if the machine had stopped: one repository unknown to the journal as done, and half a line.
    const gone = lines.findIndex((line) => line.includes('"at":"done"'));
    writeFileSync(path, `${lines.filter((line, at) => at !== gone && !line.includes('"at":"end"')).join('\n')}{"at":"do`);
    const { json, exit, stderr } = await rotate('--report', 'done.json');
    expect(exit, stderr).toBe(0);
    expect(stderr).toContain('going on with');
    expect(json['repositories']).toMatchObject(
      [...NAMES].sort().map((gun) => ({ gun, outcome: 'done', versions: { targets: 3, releases: 4 } })),
    );
    expect(journals()).toHaveLength(1);
    const { json: status } = await fleet('status');
    expect(status).toMatchObject({ campaigns: [{ done: 2, count: 2, kind: 'rotate' }] });
    const report = JSON.parse(readFileSync(join(me.folder, 'done.json'), 'utf8')).report;
    expect(report.repositories.map((one: { signed: unknown }) => one.signed)).toEqual(
      NAMES.map(() => [{ role: 'releases', entries: [{ path: 'v1', digest: DIGEST }] }]),
    );
  });

  it('refuses a journal that was changed', async () => {
    await begin(NAMES.slice(0, 1));
    await done(me, 'fleet', 'rotate', '--key', 'ci', '--to', 'next', '--yes-count', '1');
    appendFileSync(journals()[0] ?? '', 'damage\n');
    expect((await rotate()).json).toMatchObject({ code: 'damaged-state' });
    truncateSync(journals()[0] ?? '', 0);
    expect((await fleet('status')).json).toMatchObject({ campaigns: [] });
  });

  it('tells beforehand where a key is missing, and changes the others', async () => {
    await begin(NAMES.slice(0, 2));
    const [, second = ''] = NAMES;
    await done(me, 'key', 'rotate', 'targets', second, '--key', 'spare');
    await done(me, 'key', 'remove', 'spare', '--yes');
    const { json, exit } = await rotate('--yes-count', '1');
    expect(exit).toBe(1);
    expect(json).toMatchObject({ details: { repositories: [{ outcome: 'done' }], refused: [{ gun: second, code: 'missing-keys' }] } });
    expect(await trusting('ci')).toEqual([second]);
  });
});

describe('two at once', () => {
  const mark = (processId: number, place = placeHere(), start = startOf(processId) ?? '1'): string =>
    join(me.trustDir, 'state', 'fleet', `.running-${processId}-${place}-${start}`);
  beforeEach(async () => {
    await begin(NAMES.slice(0, 1));
    mkdirSync(join(me.trustDir, 'state', 'fleet'));
  });

  it('are refused while the other one is there, which may still be asked for its state', async () => {
    writeFileSync(mark(process.ppid), '');
    expect((await rotate('--yes-count', '1')).json).toMatchObject({
      exit: 21,
      code: 'already-running',
      details: { process: process.ppid },
    });
    expect(await trusting('next')).toEqual([]);
    expect((await rotate('--dry-run')).exit).toBe(0);
    expect((await fleet('status')).exit).toBe(0);
  });

  it('are not two when the other one was killed', async () => {
    const { pid = 0 } = spawnSync(process.execPath, ['--version']);
    writeFileSync(mark(pid), '');
    expect((await rotate('--yes-count', '1')).exit).toBe(0);
    expect(journals().map((path) => path.endsWith('.jsonl'))).toEqual([true]);
  });

  it('are not two when the number of the one that was killed means another process by now', async () => {
    writeFileSync(mark(process.ppid, placeHere(), '1'), '');
    expect((await rotate('--yes-count', '1')).exit).toBe(0);
  });

  it('are refused on machines or in containers that share the folder, also under the same number', async () => {
    for (const processId of [process.pid, 4_000_000]) {
      const other = mark(processId, '0'.repeat(16), '1');
      writeFileSync(other, '');
      expect((await rotate('--yes-count', '1')).json).toMatchObject({ code: 'already-running', details: { path: other } });
      rmSync(other);
    }
    expect(await trusting('next')).toEqual([]);
  });

  it('of one second leave two journals', async () => {
    const second = me.now();
    me.now = () => second;
    await done(me, 'fleet', 'rotate', '--key', 'ci', '--to', 'next', '--yes-count', '1');
    const [app = ''] = NAMES;
    await done(me, 'key', 'rotate', 'releases', app, '--key', 'ci');
    await done(me, 'fleet', 'rotate', '--key', 'ci', '--to', 'next', '--yes-count', '1');
    const { json } = await fleet('status');
    expect(json).toMatchObject({ campaigns: [{ done: 1 }, { done: 1 }] });
  });
});

describe('fleet revoke', () => {
  it('takes a key away where others are left, and refuses where it is the last', async () => {
    await begin(NAMES.slice(0, 2));
    const [first = '', second = ''] = NAMES;
    const { json, exit } = await fleet('revoke', '--key', 'ci', '--yes-count', '0');
    expect(exit).toBe(1);
    expect(json).toMatchObject({
      details: {
        count: 0,
        refused: [
          { gun: first, code: 'impossible-threshold' },
          { gun: second, code: 'impossible-threshold' },
        ],
      },
    });
    expect(await trusting('ci')).toEqual([first, second]);
  });

  it('wants a key that signs its report', async () => {
    await begin(NAMES.slice(0, 1));
    const { json } = await fleet('revoke', '--key', 'ci', '--report', 'done.json', '--yes-count', '0');
    expect(json).toMatchObject({ code: 'bad-arguments', exit: 2 });
  });
});

it('a report that was changed after it was signed is refused', async () => {
  await begin(NAMES.slice(0, 1));
  await done(me, 'fleet', 'rotate', '--key', 'ci', '--to', 'next', '--yes-count', '1', '--report', 'done.json');
  const path = join(me.folder, 'done.json');
  const text = readFileSync(path, 'utf8');
  for (const changed of [text.replace('fleet/one', 'fleet/two'), text.replace('countersign-fleet-report', 'root')]) {
    writeFileSync(path, changed);
    expect((await fleet('status', '--report', 'done.json')).json).toMatchObject({ ok: false, code: 'record' });
  }
});
