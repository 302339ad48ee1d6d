// Publishing to a server that errs or lies: nothing is signed for it that was not meant, and no refusal reads as success.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { imageEntry, parseDigest } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { type Simulator, simulate } from '@countersign/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshKeys, initWith } from '../test/home.ts';
import { closeMachines, failure, type Machine, machine } from '../test/machine.ts';

const entry = imageEntry({
  digest: parseDigest(`sha256:${'a1'.repeat(32)}`),
  length: 10,
  mediaType: 'application/vnd.oci.image.index.v1+json',
});

interface Uploaded {
  readonly contentType: string;
  readonly body: string;
}

interface Verdict {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What happens before the answer goes out. */
  readonly meanwhile?: () => Promise<void>;
}

let repository: Simulator;
let server: Server;
let here: Machine;
let uploads: Uploaded[];
/** What to answer to an upload, in turn; the last one again and again. */
let verdicts: Verdict[];
/** What to answer to a request for a key. */
let keyBody: string;
let metadata: 'served' | 'absent' | 'broken';

beforeEach(async () => {
  repository = await simulate();
  uploads = [];
  verdicts = [{ status: 200 }];
  keyBody = JSON.stringify(plain(generateSigner('ed25519').key.object));
  metadata = 'served';
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  here = await machine(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`), repository.now);
  here.believes = repository.anchor();
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await closeMachines();
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url?.split('/_trust/metadata/')[1] ?? '';
  if (request.method === 'POST' && path === '') {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    uploads.push({ contentType: request.headers['content-type'] ?? '', body: Buffer.concat(pieces).toString('latin1') });
    const verdict: Verdict = (verdicts.length > 1 ? verdicts.shift() : verdicts[0]) ?? { status: 500 };
    const { status, body = '', headers = {} } = verdict;
    await verdict.meanwhile?.();
    response.writeHead(status, { 'content-type': 'application/problem+json', ...headers }).end(body);
  } else if (path.endsWith('.key')) response.end(keyBody);
  else {
    const bytes = metadata === 'served' ? repository.served.get(path) : undefined;
    response.writeHead(metadata === 'broken' ? 500 : bytes === undefined ? 404 : 200).end(bytes);
  }
}

const plain = (value: unknown): unknown =>
  value instanceof Map ? Object.fromEntries([...value].map(([name, item]) => [name, plain(item)])) : value;
const problem = (status: number, code: string, detail = 'because') => ({ status, body: JSON.stringify({ status, code, detail }) });
const publish = () =>
  here.client().publish(repository.gun, { kind: 'entries', entries: new Map([['v1', entry]]) }, repository.signersOf('releases'));

describe('an upload', () => {
  it('is multipart, one part for each file, whole and under its role', async () => {
    await publish();
    const [{ contentType, body } = { contentType: '', body: '' }] = uploads;
    const boundary = /^multipart\/form-data; boundary=(countersign-[0-9a-f]{32})$/.exec(contentType)?.[1] ?? '';
    const [before, part = '', after] = body.split(`--${boundary}`);
    expect([before, after]).toEqual(['', '--\r\n']);
    const [head, ...rest] = part.split('\r\n\r\n');
    expect(head).toBe(
      '\r\nContent-Disposition: form-data; name="files"; filename="releases.json"\r\nContent-Type: application/octet-stream',
    );
    expect(JSON.parse(rest.join('\r\n\r\n'))).toMatchObject({ signed: { version: 2, targets: { v1: { length: 10 } } } });
  });

  it.each(['conflict', 'version'])('that lost a race (%s) is drafted again on what stands now', async (code) => {
    verdicts = [problem(409, code), problem(409, code), { status: 200 }];
    await publish();
    expect(uploads).toHaveLength(3);
  });

  it('is tried again when the server is busy', async () => {
    verdicts = [problem(503, 'busy'), { status: 200 }];
    await publish();
    expect(uploads).toHaveLength(2);
  });

  it('sees the work of whoever won', async () => {
    const meanwhile = async () => void (await repository.publish({ other: entry }));
    verdicts = [{ ...problem(409, 'conflict'), meanwhile }, { status: 200 }];
    await publish();
    expect(uploads.at(-1)?.body).toContain('"other"');
    expect(uploads.at(-1)?.body).toContain('"version":3');
  });

  it.each([
    [400, 'unsafe-name'],
    [409, 'foreign-metadata'],
    [409, 'wrong-version'],
    [413, 'too-large'],
    [422, 'signature'],
  ])('that is refused (%i, %s) is not tried again, and the reason is passed on', async (status, code) => {
    verdicts = [problem(status, code, 'the reason')];
    await expect(publish()).rejects.toMatchObject({
      name: 'PublishError',
      code: 'refused',
      details: { status, code, detail: 'the reason' },
    });
    expect(uploads).toHaveLength(1);
  });

  it.each([201, 202, 204, 206, 304, 500, 502])('answered with %i is not a success', async (status) => {
    verdicts = [{ status }];
    await expect(publish()).rejects.toMatchObject({ name: 'ServerError', code: 'unavailable', details: { status } });
  });

  it.each([401, 403])('answered with %i asks for credentials', async (status) => {
    verdicts = [problem(status, 'auth')];
    await expect(publish()).rejects.toMatchObject({ name: 'ServerError', code: 'auth' });
  });

  it('is not sent elsewhere', async () => {
    verdicts = [{ status: 307, headers: { location: '/elsewhere' } }];
    await expect(publish()).rejects.toMatchObject({ name: 'FetchError', code: 'refused-redirect' });
  });

  it.each(['', 'no json', '[]', '{"code":7}', '{"code":"A\\u001b[2J"}'])(
    'refused without a proper reason (%j) is refused all the same',
    async (body) => {
      verdicts = [{ status: 400, body }];
      await expect(publish()).rejects.toMatchObject({ code: 'refused', details: { code: undefined } });
    },
  );

  it('is made from verified metadata only', async () => {
    repository.served.set('timestamp.json', (await simulate({ gun: repository.gun })).served.get('timestamp.json') as Uint8Array);
    expect(await failure(publish())).toMatchObject({ name: 'TrustError' });
    expect(uploads).toEqual([]);
  });
});

describe("a server's key", () => {
  const init = (state: typeof metadata = 'absent') => {
    metadata = state;
    const keys = freshKeys();
    return here.client().publish(repository.gun, initWith(keys), keys.all);
  };

  it('goes into the root with nothing that the server added', async () => {
    keyBody = JSON.stringify({ ...JSON.parse(keyBody), 'x-added': 'text that people would sign' });
    await init();
    expect(uploads[0]?.body).not.toContain('x-added');
    expect(uploads[0]?.body).toContain('filename="root.json"');
  });

  it.each<[string, string]>([
    ['no JSON', 'key'],
    ['of a kind that cannot be verified', '{"keytype":"ml-dsa","scheme":"ml-dsa-65","keyval":{"public":"00"}}'],
    ['of small order', `{"keytype":"ed25519","scheme":"ed25519","keyval":{"public":"01${'0'.repeat(62)}"}}`],
    ['without a value', '{"keytype":"ed25519","scheme":"ed25519","keyval":{}}'],
    ['stated twice', '{"keytype":"ed25519","keytype":"rsa","scheme":"ed25519","keyval":{"public":"00"}}'],
  ])('that is %s ends the publish before anything is signed', async (_, body) => {
    keyBody = body;
    await expect(init()).rejects.toMatchObject({ name: 'FormatError' });
    expect(uploads).toEqual([]);
  });

  it('never reads as "there is none" when the server errs', async () => {
    await expect(init('broken')).rejects.toMatchObject({ name: 'ServerError' });
    expect(uploads).toEqual([]);
  });
});

it('a signer that answers rubbish is not published', async () => {
  const [honest] = repository.signersOf('releases');
  const liar = { key: honest?.key as NonNullable<typeof honest>['key'], sign: async () => new Uint8Array(64) };
  const change = { kind: 'entries', entries: new Map([['v1', entry]]) } as const;
  await expect(here.client().publish(repository.gun, change, [liar])).rejects.toMatchObject({ name: 'TrustError', code: 'signature' });
  expect(uploads).toEqual([]);
});
