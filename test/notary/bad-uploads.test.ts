// Uploads that a server of Notary must not take, whoever sends them: the right error, nothing stored, the repository unharmed.
import { ROOT, type RoleName, TARGETS } from '@countersign/core';
import { NotaryRepository } from '@countersign/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { newOwner, type Owner } from './owner.ts';
import { type Answer, closeSites, FORM, form, newSite } from './site.ts';

afterEach(closeSites);

const codeOf = ({ status, refusal }: Answer): string => `${status} ${refusal.code}`;
const named = ({ refusal }: Answer): unknown => (refusal.detail as { Name?: string } | undefined)?.Name;

async function begun(snapshot: 'server' | 'publisher' = 'server'): Promise<Owner> {
  const owner = await newOwner(await newSite(), { snapshot });
  await owner.begin();
  return owner;
}

/** Everything that is served, and that the owner can still publish afterwards. */
async function expectUnharmed(owner: Owner, before: readonly string[]): Promise<void> {
  expect(await served(owner)).toEqual(before);
  expect((await owner.post(await owner.tagged('after'))).status).toBe(200);
  expect((await owner.read()).targets.content.targets.has('after')).toBe(true);
}

const served = async (owner: Owner): Promise<readonly string[]> =>
  Promise.all(['root', 'targets', 'snapshot', 'timestamp'].map(async (role) => (await owner.get(`${role}.json`)).body.toString()));

const bytes = (text: string): Uint8Array => Buffer.from(text);
const ROLES: readonly string[] = [
  '',
  'Targets',
  'TARGETS',
  'targets/',
  'targets/../root',
  'targets//x',
  'targets/.',
  'targets/A',
  'releases',
  '__proto__',
  'targets/ü',
];

describe('an upload is refused', () => {
  it.each([
    ['no form', { body: bytes('{}'), headers: { 'content-type': 'application/json' } }, '400 MALFORMED_UPLOAD'],
    ['no type', { body: bytes('{}'), headers: { 'content-type': '' } }, '400 MALFORMED_UPLOAD'],
    ['an empty body', { body: bytes('') }, '400 MALFORMED_UPLOAD'],
    ['a form that ends too early', { body: form([['targets', bytes('{"signed":{}}')]]).subarray(0, -20) }, '400 MALFORMED_UPLOAD'],
    ['a form that ends in a header', { body: bytes('\r\n--notary-test-boundary\r\nContent-Dispo') }, '400 MALFORMED_UPLOAD'],
    ['a part without headers', { body: bytes('\r\n--notary-test-boundary\r\n\r\n{}\r\n--notary-test-boundary--\r\n') }, '400 NO_FILENAME'],
    [
      'a part without a file name',
      {
        body: bytes('\r\n--notary-test-boundary\r\nContent-Disposition: form-data; name="files"\r\n\r\n{}\r\n--notary-test-boundary--\r\n'),
      },
      '400 NO_FILENAME',
    ],
  ])('that is %s', async (_, question, code) => {
    const owner = await begun();
    const before = await served(owner);
    expect(codeOf(await owner.post([], question))).toBe(code);
    await expectUnharmed(owner, before);
  });

  it.each(ROLES)('for the role %j', async (role) => {
    const owner = await begun();
    const answer = await owner.post([[role, bytes('{}')]]);
    expect(codeOf(answer)).toBe(role === '' ? '400 NO_FILENAME' : '400 INVALID_ROLE');
    if (role !== '') expect(answer.refusal.detail).toBe(role);
  });

  it.each([
    '',
    ' ',
    '[]',
    'null',
    '{"signed":[]}',
    '{"signed":{"version":"1"}}',
    '{"signed":{"expires":"never"}}',
    '{"signed":{},"signatures":{}}',
    '{"a":1,"a":1}',
    '{',
  ])('whose part is %j', async (text) => {
    const owner = await begun();
    const before = await served(owner);
    const answer = await owner.post([['targets', bytes(text)]]);
    // An empty part ends a form too early for our reader of forms.
    expect(codeOf(answer)).toBe(text === '' ? codeOf(answer) : '400 MALFORMED_JSON');
    expect(answer.status).toBe(400);
    await expectUnharmed(owner, before);
  });

  it('whose first fault is the one that is told', async () => {
    const owner = await begun();
    expect(
      codeOf(
        await owner.post([
          ['targets', bytes('{')],
          ['Nobody', bytes('{}')],
        ]),
      ),
    ).toBe('400 MALFORMED_JSON');
    expect(
      codeOf(
        await owner.post([
          ['Nobody', bytes('{}')],
          ['targets', bytes('{')],
        ]),
      ),
    ).toBe('400 INVALID_ROLE');
    expect(codeOf(await owner.post([['timestamp', bytes('{')]]))).toBe('400 MALFORMED_JSON');
  });

  it.each([
    ['a newline behind it', (text: string) => `${text}\n`],
    ['spaces in it', (text: string) => text.replace('"_type":', '"_type": ')],
    ['a member beside signed', (text: string) => text.replace('{"signed"', '{"more":1,"signed"')],
    ['signatures before signed', (text: string) => text.replace(/^\{("signed":.*),("signatures":\[.*\])\}$/s, '{$2,$1}')],
  ])('whose file has %s: a real notary-server would hash other bytes', async (_, bend) => {
    const owner = await begun();
    const before = await served(owner);
    const [[, targets] = ['', bytes('')]] = await owner.tagged('v1');
    const answer = await owner.post([['targets', bytes(bend(Buffer.from(targets).toString()))]]);
    expect([codeOf(answer), named(answer)]).toEqual(['400 INVALID_UPDATE', 'ErrBadTargets']);
    await expectUnharmed(owner, before);
  });

  it('whose version nobody could follow', async () => {
    const owner = await begun();
    const before = await served(owner);
    const targets = await owner.repository.targets('targets', {}, (signed) => new Map([...signed, ['version', 2_147_483_647]]));
    expect(codeOf(await owner.post([['targets', targets]]))).toBe('400 INVALID_UPDATE');
    await expectUnharmed(owner, before);
  });

  it('whose root is of another repository', async () => {
    const owner = await begun();
    const before = await served(owner);
    const other = await NotaryRepository.create({ gun: 'registry.example.com/team/other', now: owner.repository.now });
    const answer = await owner.post([['root', (await other.first()).get(ROOT) ?? bytes('')]]);
    expect([codeOf(answer), named(answer)]).toEqual(['400 INVALID_UPDATE', 'ErrBadRoot']);
    await expectUnharmed(owner, before);
  });

  it('that was published already', async () => {
    const owner = await begun('publisher');
    const parts = await owner.tagged('v1');
    expect((await owner.post(parts)).status).toBe(200);
    expect(codeOf(await owner.post(parts))).toBe('400 VERSION');
  });

  it('that is larger than this server takes', async () => {
    const site = await newSite({ limits: { rootBytes: 20_000, targetsBytes: 20_000, uploadBytes: 40_000 } });
    const owner = await newOwner(site, { snapshot: 'server' });
    await owner.begin();
    for (const length of [20_001, 60_000]) {
      const answer = await owner.post([['targets', Buffer.alloc(length, 0x20)]]);
      expect(codeOf(answer)).toBe('400 MALFORMED_UPLOAD');
    }
  });

  it('in no more words than a client reads', async () => {
    const owner = await begun();
    const long = 'x'.repeat(6000);
    const strange = '\u0001'.repeat(100);
    const answers = [
      await owner.post([[`targets/${long}`, bytes('{}')]]),
      await owner.post([['targets', bytes(`{"signed":{"_type":"${long}"},"signatures":[]}`)]]),
      await owner.post([['targets/nobody', bytes(`{"signed":{"_type":"Targets"},"signatures":[{"keyid":"${long}"}]}`)]]),
      await owner.post([[`targets/${'a'.repeat(200)}/${'b'.repeat(40)}`, bytes('{"signed":{},"signatures":[]}')]]),
      await owner.post([], { body: bytes('x'), headers: { ...FORM, 'content-type': `text/plain; ${strange.replace(/./g, 'z')}` } }),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(400);
      expect(body.length).toBeLessThanOrEqual(1024);
      expect(JSON.parse(body.toString()).errors).toHaveLength(1);
    }
  });
});

describe('an upload is taken', () => {
  it('with .json behind its names, and the last of several parts for one role', async () => {
    const owner = await begun();
    const [[, targets] = [TARGETS, bytes('')]] = await owner.tagged('v1');
    const answer = await owner.post([
      ['targets.json', bytes('{"signed":{},"signatures":[]}')],
      ['targets' as RoleName, targets],
    ]);
    expect(answer.status).toBe(200);
    expect(answer.body.length).toBe(0);
  });

  it('without a part, where the server signs the snapshot', async () => {
    const owner = await begun();
    const before = JSON.parse((await owner.get('snapshot.json')).body.toString());
    for (const body of ['\r\n--notary-test-boundary--\r\n', '--notary-test-boundary--\r\n']) {
      expect((await owner.post([], { body: bytes(body) })).status).toBe(200);
    }
    expect(JSON.parse((await owner.get('snapshot.json')).body.toString()).signed.version).toBe(before.signed.version + 2);
  });

  it('with a timestamp that is not looked at', async () => {
    const owner = await begun();
    const timestamp: readonly [string, Uint8Array] = ['timestamp', bytes('{"signed":{"version":9},"signatures":[]}')];
    expect((await owner.post([...(await owner.tagged('v1')), timestamp])).status).toBe(200);
    expect((await owner.read()).targets.content.targets.has('v1')).toBe(true);
    expect(JSON.parse((await owner.get('timestamp.json')).body.toString()).signed.version).toBe(2);
  });
});
