import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, ask, multipart, multipartType, raw } from './testing/ask.ts';
import { closeLaboratories, laboratory } from './testing/laboratory.ts';
import { newPublisher } from './testing/publisher.ts';

afterEach(closeLaboratories);

const KB = 1024;
const outcome = ({ status, problem }: Answer): unknown => [status, problem.code];

async function server(settings: Readonly<Record<string, unknown>> = {}) {
  const lab = await laboratory('memory', settings);
  const owner = newPublisher(lab, lab);
  const post = (body: Uint8Array, type = multipartType, more: Readonly<Record<string, string>> = {}) =>
    ask(owner.base, { method: 'POST', headers: { 'content-type': type, ...more }, body });
  return { lab, owner, post };
}

describe('an upload that is too much', () => {
  it('is refused by its announced length before it is read', async () => {
    const { post } = await server({ limits: { uploadBytes: 64 * KB } });
    expect(outcome(await post(Buffer.alloc(2_000 * KB)))).toEqual([413, 'too-large']);
  });

  it('is refused while it arrives in pieces of unknown number', async () => {
    const { owner, post } = await server({ limits: { uploadBytes: 64 * KB, uploadParts: 2 } });
    const chunked = { 'transfer-encoding': 'chunked' };
    expect(outcome(await post(multipart([['root', Buffer.alloc(900 * KB, 0x20)]]), multipartType, chunked))).toEqual([413, 'too-large']);
    expect(outcome(await post(Buffer.alloc(900 * KB, 0x20), multipartType, chunked))).toEqual([413, 'too-large']);
    expect((await owner.post(await owner.first())).problem.code).toBe('too-large');
  });

  it('is refused for one file of it', async () => {
    const { post } = await server({ limits: { targetsBytes: 8 * KB, rootBytes: 4 * KB } });
    expect(outcome(await post(multipart([['targets', Buffer.alloc(9 * KB)]])))).toEqual([413, 'too-large']);
    expect(outcome(await post(multipart([['root', Buffer.alloc(5 * KB)]])))).toEqual([400, 'refused-upload']);
  });

  it('is refused for the number of its parts, of its signatures, and for its depth', async () => {
    const { owner, post } = await server({ limits: { uploadParts: 3, signatures: 4, jsonDepth: 8 } });
    const many = Array.from({ length: 4 }, (_, index) => [`role${index}`, Buffer.from('{}')] as const);
    expect(outcome(await post(multipart(many)))).toEqual([413, 'too-large']);
    const signatures = Array.from({ length: 5 }, (_, index) => ({ keyid: `k${index}`, sig: 'ab' }));
    const [root] = await owner.first();
    const flood = { ...JSON.parse(Buffer.from(root?.[1] ?? '').toString()), signatures };
    expect(outcome(await post(multipart([['root', Buffer.from(JSON.stringify(flood))]])))).toEqual([413, 'too-large']);
    const deep = `{"signatures":[],"signed":${'['.repeat(9)}${']'.repeat(9)}}`;
    expect(outcome(await post(multipart([['root', Buffer.from(deep)]])))).toEqual([413, 'too-large']);
    expect((await owner.post(await owner.first())).status).toBe(200);
  });

  it('waits its turn when there are too many at once', async () => {
    const { owner, post } = await server({ uploadMemory: 32 * KB });
    const answer = await post(multipart([['root', Buffer.alloc(64 * KB)]]));
    expect(outcome(answer)).toEqual([503, 'busy']);
    expect(answer.headers['retry-after']).toBe('1');
    // What was held is given back.
    for (let turn = 0; turn < 10; turn += 1) await post(multipart([['root', Buffer.alloc(16 * KB)]]));
    expect((await owner.post(await owner.first())).status).toBe(200);
  });
});

describe('an upload that is not what it says', () => {
  const whole = multipart([['root', Buffer.from('{}')]]).toString('latin1');
  const part = (headers: string): string => `--b\r\n${headers}\r\n\r\n{}\r\n--b--\r\n`;
  it.each([
    ['no type', whole, ''],
    ['another type', whole, 'application/json'],
    ['no boundary', whole, 'multipart/form-data'],
    ['another boundary', whole, 'multipart/form-data; boundary=other'],
    ['no body', '', multipartType],
    ['no end', whole.slice(0, -8), multipartType],
    ['an end in the middle of a file', whole.slice(0, -40), multipartType],
    ['an end in the middle of the headers', whole.slice(0, 60), multipartType],
    ['a part without a file name', part('Content-Disposition: form-data; name="root"'), 'multipart/form-data; boundary=b'],
    ['a part without headers', '--b\r\n\r\n{}\r\n--b--\r\n', 'multipart/form-data; boundary=b'],
    ['a part that is no form data', part('Content-Disposition: attachment; filename="root"'), 'multipart/form-data; boundary=b'],
    [
      'two dispositions',
      part('Content-Disposition: form-data; filename="root"\r\nContent-Disposition: form-data; filename="targets"'),
      'multipart/form-data; boundary=b',
    ],
    ['an escaped file name', part('Content-Disposition: form-data; name="f"; filename="ro\\"ot"'), 'multipart/form-data; boundary=b'],
    [
      'an empty file',
      part('Content-Disposition: form-data; name="f"; filename="root"').replace('{}', ''),
      'multipart/form-data; boundary=b',
    ],
    [
      'one role twice',
      multipart([
        ['root', Buffer.from('{}')],
        ['root', Buffer.from('{}')],
      ]).toString(),
      multipartType,
    ],
    [
      'one role under two spellings',
      multipart([
        ['root', Buffer.from('{}')],
        ['root.json', Buffer.from('{}')],
      ]).toString(),
      multipartType,
    ],
  ])('is malformed: %s', async (_, body, type) => {
    const { post } = await server();
    expect(outcome(await post(Buffer.from(body, 'latin1'), type))).toEqual([400, 'malformed']);
  });

  it('is refused with all its parts for one that is not understood', async () => {
    const { owner, post } = await server();
    const body = multipart(await owner.first()).toString('latin1');
    const broken = body.replace('name="files"; filename="releases"', 'name="releases"');
    expect(outcome(await post(Buffer.from(broken, 'latin1')))).toEqual([400, 'malformed']);
    expect((await owner.get('root.json')).status).toBe(404);
  });
});

describe('an upload', () => {
  it('may name its roles with .json, have other headers, quoted boundaries, a preamble and an epilogue', async () => {
    const { owner, post } = await server();
    const parts = (await owner.first()).map(([role, bytes]) => [`${role}.json`, bytes] as const);
    const body = Buffer.concat([Buffer.from('ignore this\r\n'), multipart(parts), Buffer.from('and this')]);
    const type = multipartType.replace(/boundary=(.*)/, 'charset=utf-8; boundary="$1"');
    expect((await post(body, type)).status).toBe(200);
  });

  it('keeps slashes in file names, and refuses the role for them', async () => {
    const { post } = await server();
    const answer = await post(multipart([['targets/releases', Buffer.from('{}')]]));
    expect(outcome(answer)).toEqual([400, 'unsafe-name']);
    expect(answer.problem.detail).toContain('targets/releases');
  });

  it('that no part follows is empty, not malformed', async () => {
    const { post } = await server();
    expect(outcome(await post(Buffer.from('\r\n--countersign-test-boundary--\r\n')))).toEqual([400, 'refused-upload']);
  });

  it('that stops arriving is cut off', async () => {
    const { lab } = await server({ requestTimeout: '300ms', headersTimeout: '200ms' });
    const head = 'POST /v2/team/app/_trust/metadata/ HTTP/1.1\r\nHost: localhost\r\n';
    const started = performance.now();
    const answers = await Promise.all([
      raw(lab.url, `${head}Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n--b\r\n`),
      raw(lab.url, head),
    ]);
    expect(performance.now() - started).toBeLessThan(5_000);
    for (const answer of answers) expect(answer.split('\r\n')[0]).toMatch(/408|400|^$/);
    expect((await ask(`${lab.url}/v2/`)).status).toBe(200);
  });

  it('whose sender leaves in the middle is forgotten', async () => {
    const { lab, owner } = await server({ uploadMemory: 64 * KB });
    const head = 'POST /v2/team/app/_trust/metadata/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n';
    for (let turn = 0; turn < 4; turn += 1) {
      const body = `${head}Content-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n${(32 * KB).toString(16)}\r\n${' '.repeat(32 * KB)}\r\nzz\r\n`;
      await raw(lab.url, body);
    }
    expect((await owner.post(await owner.first())).status).toBe(200);
  });
});
