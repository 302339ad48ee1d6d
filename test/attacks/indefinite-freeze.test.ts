// TUF 1.0.34 §1.5.2, indefinite freeze: the attacker keeps serving the same files, so that nobody learns of newer ones.
import { ROOT } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { expiringAt, judge, type Lie, type Simulator, withMember } from '@countersign/testkit';
import { describe, expect, it } from 'vitest';
import { fileOf, held, image, published, ROLES, type Role, resigned } from './victims/story.ts';
import { against, againstClients, againstCore, refusal } from './victims/victims.ts';

const DAY = 86_400_000;
const SECOND = 1000;

// Spellings that other clients read as some time, or as no time at all, which never comes.
const SPELLINGS = [
  '',
  'never',
  '9999999-01-01T00:00:00Z',
  '2099-13-01T00:00:00Z',
  '2099-02-29T00:00:00Z',
  '2099-01-01T24:00:00Z',
  '2099-01-01T00:00:60Z',
  '2099-01-01T00:00:00',
  '2099-01-01T00:00:00+00:00',
  '2099-01-01T00:00:00.000Z',
  '2099-01-01t00:00:00z',
  ' 2099-01-01T00:00:00Z',
  '2099-01-01T00:00:00Z\n',
  '2099-1-1T0:0:0Z',
  '+002099-01-01T00:00:00Z',
  '٢٠٩٩-01-01T00:00:00Z',
  '4070908800',
];

against('refuses what is too old', (start) => {
  it.each(ROLES)('%s that expires at this very moment', async (role) => {
    const repository = await published(['v1']);
    await resigned(repository, role, { bend: expiringAt(repository.now) });
    const victim = await start(repository);
    expect(await refusal(victim.verify('v1'))).toBe('expired');
  });

  it.each(ROLES)('but not %s that has a second left', async (role) => {
    const repository = await published(['v1']);
    await resigned(repository, role, { bend: expiringAt(repository.now + SECOND) });
    const victim = await start(repository);
    expect(await victim.verify('v1')).toBe(image('v1').digest);
  });

  it('files that were fresh when it saw them first', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    await victim.verify('v1');
    repository.now += 3 * DAY;
    expect(await refusal(victim.verify('v1'))).toBe('expired');
  });

  it('a delegated role that lies in its cache and was fresh yesterday', async () => {
    const repository = await published(['v1']);
    await resigned(repository, 'releases', { bend: expiringAt(repository.now + DAY) });
    const victim = await start(repository);
    await victim.verify('v1');
    repository.now += DAY;
    expect(await refusal(victim.verify('v1'))).toBe('expired');
  });

  it.each(ROLES)('%s that never expires', async (role) => {
    const repository = await published(['v1']);
    await resigned(repository, role, { bend: withMember(['expires'], 'never') });
    const victim = await start(repository);
    expect(await refusal(victim.verify('v1'))).toBe('malformed');
  });

  it('the newest root when it has expired, and remembers it all the same', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    await victim.verify('v1');
    await resigned(repository, 'root', { bend: expiringAt(repository.now - DAY) });
    expect(await refusal(victim.verify('v1'))).toBe('expired');
    victim.asked.splice(0);
    await resigned(repository, 'root');
    expect(await victim.verify('v1')).toBe(image('v1').digest);
  });

  it('no root for being expired when a newer one follows', async () => {
    const repository = await published(['v1']);
    await resigned(repository, 'root', { bend: expiringAt(repository.now - DAY) });
    await resigned(repository, 'root');
    const victim = await start(repository);
    expect(await victim.verify('v1')).toBe(image('v1').digest);
  });
});

againstCore('refuses every other spelling of an expiry', (start) => {
  it.each(SPELLINGS)('%j', async (spelling) => {
    const repository = await published(['v1']);
    await resigned(repository, 'timestamp', { bend: withMember(['expires'], spelling) });
    const victim = await start(repository);
    expect(await refusal(victim.verify('v1'))).toBe('malformed');
  });
});

against('says when it stopped following roots', (start) => {
  it('and goes on from there the next time', async () => {
    const repository = await published(['v1']);
    for (let version = 2; version <= 6; version += 1) await repository.next('root', ROOT, {});
    const victim = await start(repository, { limits: { rootRotations: 3 } });
    expect(await refusal(victim.verify('v1'))).toBe('limit');
    expect(await victim.verify('v1')).toBe(image('v1').digest);
  });
});

againstClients('never takes a failure for “there is no newer root”', (start) => {
  const failures: readonly (readonly [string, Lie, string])[] = [
    ['500', { do: 'status', status: 500 }, 'unavailable'],
    ['503', { do: 'status', status: 503 }, 'unavailable'],
    ['403', { do: 'status', status: 403 }, 'auth'],
    ['401', { do: 'status', status: 401 }, 'auth'],
    ['410', { do: 'status', status: 410 }, 'unavailable'],
    ['429', { do: 'status', status: 429 }, 'unavailable'],
    ['204', { do: 'status', status: 204 }, 'unavailable'],
    ['304', { do: 'status', status: 304 }, 'unavailable'],
    ['an empty file', { do: 'bytes', bytes: new Uint8Array() }, 'malformed'],
    ['a connection that breaks', { do: 'hang-up' }, 'unreachable'],
    ['silence', { do: 'silence' }, 'timeout'],
  ];

  it.each(failures)('%s', async (_, lie, wanted) => {
    const repository = await published(['v1']);
    const victim = await start(repository, { lies: new Map([['2.root.json', lie]]), timeouts: { idleMs: 100, totalMs: 400 } });
    expect(await refusal(victim.verify('v1'))).toBe(wanted);
  });

  it('a redirect to a place that has none', async () => {
    const repository = await published(['v1']);
    const lie: Lie = { do: 'status', status: 302, headers: { location: '/v2/nothing/_trust/metadata/2.root.json' } };
    const victim = await start(repository, { lies: new Map([['2.root.json', lie]]) });
    expect(['unavailable', 'refused-redirect']).toContain(await refusal(victim.verify('v1')));
  });
});

againstClients('does not hear “nothing has changed” for ever', (start) => {
  const tagged = (repository: Simulator): Lie => ({ do: 'bytes', bytes: fileOf(repository, 'timestamp'), headers: { etag: '"one"' } });
  const unchanged: Lie = { do: 'status', status: 304, headers: { etag: '"one"' } };

  it('but until its timestamp expires', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository, { lies: new Map([['timestamp.json', tagged(repository)]]) });
    expect(await victim.verify('v1')).toBe(image('v1').digest);
    victim.lies.set('timestamp.json', unchanged);
    await repository.publish({ v1: undefined });
    repository.now += 2 * DAY;
    expect(await victim.verify('v1')).toBe(image('v1').digest);
    repository.now += DAY;
    expect(await refusal(victim.verify('v1'))).toBe('expired');
  });

  it('nor about a timestamp that it does not have', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository, { lies: new Map([['timestamp.json', unchanged]]) });
    expect(await refusal(victim.verify('v1'))).toBe('unavailable');
  });

  it('nor about a timestamp whose key was taken away', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository, { lies: new Map([['timestamp.json', tagged(repository)]]) });
    await victim.verify('v1');
    victim.lies.set('timestamp.json', unchanged);
    await held(repository, 'timestamp', [generateSigner('ed25519')], 1);
    expect(['signature', 'unavailable']).toContain(await refusal(victim.verify('v1')));
  });
});

describe('the server', () => {
  const upload = async (role: Role, expires: number): Promise<() => unknown> => {
    const standing: Simulator = await published(['v1']);
    const draft = standing.fork();
    await resigned(draft, role, { bend: expiringAt(expires) });
    return () => judge({ gun: standing.gun, standing, parts: { [role]: fileOf(draft, role) } });
  };

  it.each(['root', 'targets', 'releases'] as const)('refuses a %s that has expired already', async (role) => {
    const { now } = await published([]);
    expect(await refusal(await upload(role, now))).toBe('expired');
    expect(await upload(role, now + SECOND)).not.toThrow();
  });
});
