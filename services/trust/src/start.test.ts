import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parseServerConfig, readConfigFile } from './config.ts';
import { startTrustServer } from './start.ts';
import { ask, multipart, multipartType } from './testing/ask.ts';
import { refreshed } from './testing/client.ts';
import { closeLaboratories, laboratory, NOON, temporaryFolder } from './testing/laboratory.ts';
import { newPublisher } from './testing/publisher.ts';
import { stubbornStore } from './testing/stubborn-store.ts';

afterEach(closeLaboratories);

const start = (settings: Readonly<Record<string, unknown>>) =>
  startTrustServer({ config: parseServerConfig(settings), now: () => NOON, log: 'silent', onFatal: () => undefined });

describe('a configuration', () => {
  it('needs no more than a data folder', () => {
    const config = parseServerConfig({ data: '/srv/trust/' });
    expect(config).toMatchObject({
      listen: { host: '127.0.0.1', port: 4443 },
      data: '/srv/trust',
      highWater: '/srv/trust.high-water',
      lifetimes: { timestamp: 3 * 86_400_000, snapshot: 14 * 86_400_000 },
      limits: { rootBytes: 512_000, uploadParts: 1200, signatures: 64 },
      unsafeOpen: false,
    });
  });

  it.each([
    ['unknown keys', { timestampExpire: '3d' }, 'timestampExpire'],
    ['a misspelt key before one that is missing', { data: undefined, dataFolder: 'x' }, 'dataFolder'],
    ['unknown limits', { limits: { rootByte: 1 } }, 'rootByte'],
    ['a length of time that is none', { timestampExpiry: '3 days' }, 'timestampExpiry'],
    ['a life of nothing', { timestampExpiry: '1s' }, 'timestampExpiry'],
    ['a snapshot that dies before its timestamp', { timestampExpiry: '20d' }, 'snapshotExpiry'],
    ['a listener without a port', { listen: '127.0.0.1' }, 'listen'],
    ['a port beyond all', { listen: '127.0.0.1:70000' }, 'listen'],
    ['half of a certificate', { tlsCert: 'cert.pem' }, 'tlsKey'],
    ['a host with a port', { allowedHosts: ['a:1'] }, 'allowedHosts'],
    ['limits below one', { limits: { uploadParts: 0 } }, 'limits.uploadParts'],
    ['no data folder', { data: undefined }, 'data'],
    ['text for a switch', { unsafeOpen: 'yes' }, 'unsafeOpen'],
  ])('is refused for %s, by name', (_, settings, named) => {
    const refusal = expect.objectContaining({ code: 'invalid-config', message: expect.stringContaining(named) });
    expect(() => parseServerConfig({ data: '/srv/trust', ...settings })).toThrowError(refusal);
  });

  it.each(['0.0.0.0:4443', '[::]:4443', '192.168.1.5:4443', 'trust.example.com:4443', '127.0.0.1.example.com:1'])(
    'does not open %s to everybody by accident',
    (listen) => {
      expect(() => parseServerConfig({ data: '/srv/trust', listen })).toThrowError(expect.objectContaining({ code: 'unsafe-listen' }));
      expect(parseServerConfig({ data: '/srv/trust', listen, access: 'access.json' }).access).toBe('access.json');
      expect(parseServerConfig({ data: '/srv/trust', listen, unsafeOpen: true }).unsafeOpen).toBe(true);
    },
  );

  it('is read from a file that holds an object', async () => {
    const file = join(await temporaryFolder(), 'config.json');
    await writeFile(file, '{"data":"/srv/trust","listen":"[::1]:0"}');
    expect(parseServerConfig(await readConfigFile(file)).listen).toEqual({ host: '::1', port: 0 });
    for (const text of ['[]', 'null', '{', '"x"']) {
      await writeFile(file, text);
      await expect(readConfigFile(file)).rejects.toMatchObject({ code: 'invalid-config' });
    }
    const absent = { code: 'invalid-config', message: expect.stringMatching(/^cannot read .*none: it does not exist \(ENOENT\)$/) };
    await expect(readConfigFile(`${file}.none`)).rejects.toMatchObject(absent);
  });
});

describe('a server', () => {
  it('has its data folder alone', async () => {
    const lab = await laboratory('level');
    await expect(start({ listen: '127.0.0.1:0', data: join(lab.folder, 'data') })).rejects.toMatchObject({ code: 'locked' });
    expect((await ask(`${lab.url}/v2/`)).status).toBe(200);
  });

  it('says that its address is taken, and leaves its folder free', async () => {
    const lab = await laboratory('memory');
    const folder = await temporaryFolder();
    const taken = { listen: lab.url.replace('http://', ''), data: join(folder, 'data') };
    const message = expect.stringMatching(/^cannot listen on .*: somebody listens there already \(EADDRINUSE\)$/);
    await expect(start(taken)).rejects.toMatchObject({ code: 'cannot-listen', message });
    const server = await start({ ...taken, listen: '127.0.0.1:0' });
    await server.close();
    await server.close();
  });

  it('does not start with an access file that it cannot read', async () => {
    const data = join(await temporaryFolder(), 'data');
    await expect(start({ listen: '127.0.0.1:0', data, access: join(data, 'none') })).rejects.toMatchObject({ code: 'invalid-config' });
  });

  it('does not start with a master key that was named and is not there', async () => {
    const data = join(await temporaryFolder(), 'data');
    const settings = { listen: '127.0.0.1:0', data, masterKeyFile: join(data, 'none') };
    await expect(start(settings)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('does not start in a data folder that is a file, and says so', async () => {
    const data = join(await temporaryFolder(), 'data');
    await writeFile(data, '');
    const message = expect.stringMatching(/a part of the path is not a folder \(ENOTDIR\)$/);
    await expect(start({ listen: '127.0.0.1:0', data })).rejects.toMatchObject({ code: 'unavailable', message });
  });

  it('speaks TLS where it has a certificate', async () => {
    const folder = await temporaryFolder();
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '2',
        ...subject,
        '-keyout',
        key,
        '-out',
        cert,
      ],
      { stdio: 'ignore' },
    );
    const server = await start({ listen: '127.0.0.1:0', data: join(folder, 'data'), tlsCert: cert, tlsKey: key });
    const ca = await readFile(cert);
    const status = await new Promise((resolve, reject) => {
      tlsRequest(`${server.url}/v2/`, { ca }, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    await server.close();
    expect([server.url.startsWith('https://'), status]).toEqual([true, 200]);
    await mkdir(join(folder, 'x'));
    await expect(start({ listen: '127.0.0.1:0', data: join(folder, 'data'), tlsCert: key, tlsKey: cert })).rejects.toMatchObject({
      code: 'invalid-config',
    });
  });
});

describe('closing', () => {
  it('finishes a publish that is under way, and tells its publisher', async () => {
    const store = stubbornStore();
    const lab = await laboratory(store);
    const owner = newPublisher(lab, lab);
    const first = await owner.first();
    let release = (): void => undefined;
    const reached = new Promise<void>((resolve) => {
      store.before = () => {
        resolve();
        return new Promise((open) => {
          release = open;
        });
      };
    });
    const publishing = owner.post(first);
    await reached;
    let closed = false;
    const closing = lab.close().then(() => {
      closed = true;
    });
    await expect(ask(`${lab.url}/v2/`)).rejects.toThrow();
    expect(closed).toBe(false);
    release();
    expect((await publishing).status).toBe(200);
    await closing;
    await lab.restart();
    await refreshed(owner);
  });

  it('does not wait for connections that nobody uses', async () => {
    const lab = await laboratory('memory');
    const agent = new Agent({ keepAlive: true });
    await new Promise((resolve, reject) => {
      request(`${lab.url}/v2/`, { agent }, (response) => response.resume().on('end', resolve))
        .on('error', reject)
        .end();
    });
    const started = performance.now();
    await lab.close();
    expect(performance.now() - started).toBeLessThan(3_000);
    agent.destroy();
  });
});

it('takes many repositories at once', async () => {
  const lab = await laboratory('level');
  const owners = Array.from({ length: 25 }, (_, index) =>
    newPublisher(lab, { now: lab.now, gun: `registry.example.com/team/app${index}`, repository: index.toString(16).padStart(32, '0') }),
  );
  const uploads = await Promise.all(owners.map((owner) => owner.first()));
  const answers = await Promise.all(owners.map((owner, index) => owner.post(uploads[index] ?? [])));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  await Promise.all(owners.map((owner) => refreshed(owner)));
  const feed = JSON.parse((await ask(`${lab.url}/v2/_trust/changefeed?records=100`)).body.toString());
  expect(feed.records.map(({ ID }: { ID: string }) => Number(ID))).toEqual(owners.map((_, index) => index + 1));
});

it('answers a request that asks to go on with its body', async () => {
  const lab = await laboratory('memory');
  const owner = newPublisher(lab, lab);
  const body = multipart(await owner.first());
  const status = await new Promise((resolve, reject) => {
    const headers = { 'content-type': multipartType, 'content-length': body.length, expect: '100-continue' };
    const sent = request(owner.base, { method: 'POST', headers }, (response) => resolve(response.resume().statusCode));
    sent
      .on('continue', () => sent.end(body))
      .on('error', reject)
      .flushHeaders();
  });
  expect(status).toBe(200);
});
