// Uploads that are small to send and much to judge: parts, signatures, delegations, a root of ten megabytes. Counted is what the real server
// asks of its cryptography before it says no: a bounded number of verifications for who may publish, and none at all for who may not.
import { encodeUtf8, type JsonValue, jsonObject } from '@countersign/core';
import { withSignatures } from '@countersign/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Besieged, besieged, codeIn, DIALECTS, OWNER } from '../lab/besieged.ts';
import { NO_WORK } from '../lab/counted-crypto.ts';
import { type Answer, closeSites } from '../notary/site.ts';
import { fileOf } from './victims/story.ts';

let here: Besieged;
beforeAll(async () => {
  here = await besieged();
});
afterAll(closeSites);

type Parts = readonly (readonly [string, Uint8Array])[];

const outcome = ({ status, body }: Answer): unknown => [status, codeIn(body)];

const parts = (count: number, below = ''): Parts => Array.from({ length: count }, (_, at) => [`${below}r${at}`, encodeUtf8('{}')] as const);

/** What the owner's own files cost: the root that stands, who delegates, and the signature under what is sent. */
const FEW = 8;

/** Ten thousand signatures that name nobody, or all of them the key of the role. */
function signatures(keyid?: string): JsonValue[] {
  return Array.from({ length: 10_000 }, (_, at) => jsonObject({ keyid: keyid ?? `k${at}`, method: 'ed25519', sig: 'ab'.repeat(64) }));
}

/** The newest targets of the dialect with `list` for signatures. */
async function flooded(dialect: 'tuf' | 'notary', list: readonly JsonValue[]): Promise<Uint8Array> {
  if (dialect === 'tuf') return withSignatures(fileOf(here.repository, 'targets'), () => [...list]);
  const [[, file] = ['', new Uint8Array()]] = await here.notary.tagged('v9');
  return withSignatures(file, () => [...list]);
}

describe.each(DIALECTS)('%s', (dialect) => {
  const floods: readonly (readonly [string, () => Promise<Parts>])[] = [
    ['a thousand parts', async () => parts(1000, dialect === 'tuf' ? '' : 'targets/')],
    ['ten thousand signatures of nobody', async () => [['targets', await flooded(dialect, signatures())]]],
    [
      'ten thousand signatures in the name of the right key',
      async () => {
        const [own] = dialect === 'tuf' ? here.repository.signersOf('targets') : (here.notary.repository.signers.get('targets') ?? []);
        return [['targets', await flooded(dialect, signatures(own?.key.keyid))]];
      },
    ],
    ['a root of ten megabytes', async () => [['root', encodeUtf8(`${' '.repeat(10_000_000)}{}`)]]],
    // Reading them is most of what this file costs, so one dialect has to do with fewer.
    ['very many delegations', async () => [['targets', delegating(dialect === 'tuf' ? 100_000 : 10_000)]]],
    ['a file as deep as it is long', async () => [['targets', encodeUtf8(`{"signatures":[],"signed":${'['.repeat(200_000)}`)]]],
  ];

  it.each(floods)('%s cost a few verifications, and no more hashing than reading', async (_, make) => {
    const sent = await make();
    const before = await here.content();
    const length = sent.reduce((sum, [, bytes]) => sum + bytes.length, 0);
    here.counted.since();
    const answer = await here.post(dialect, sent);
    const work = here.counted.since();
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(work.verified + work.ahead).toBeLessThanOrEqual(FEW);
    expect(work.opened).toBeLessThanOrEqual(2 * FEW);
    expect(work.hashed).toBeLessThanOrEqual(4 * length + 100_000);
    expect(await here.content()).toBe(before);
  });

  it('all of them cost nothing, of a stranger', async () => {
    const all = await Promise.all(floods.map(([, make]) => make()));
    here.counted.since();
    for (const [at, parts] of all.entries()) {
      expect((await here.post(dialect, parts, at % 2 === 0 ? {} : { authorization: 'Bearer of-nobody' })).status).toBe(401);
    }
    expect(here.counted.since()).toEqual(NO_WORK);
  });

  it('and both owners publish afterwards', async () => {
    await here.expectUnharmed(await here.content());
  });
});

it('each flood has its own word for what was too much', async () => {
  const many = parts(1300, 'targets/');
  expect(outcome(await here.post('tuf', many))).toEqual([413, 'too-large']);
  expect(outcome(await here.post('notary', many))).toEqual([400, 'MALFORMED_UPLOAD']);
  expect(outcome(await here.post('tuf', [['targets', await flooded('tuf', signatures())]]))).toEqual([413, 'too-large']);
  expect(outcome(await here.post('notary', [['targets', await flooded('notary', signatures())]]))).toEqual([400, 'INVALID_UPDATE']);
  expect(outcome(await here.post('tuf', many, { ...OWNER, origin: 'https://evil.example' }))).toEqual([403, 'foreign-origin']);
});

/** The targets that stand, delegating to so many in the name of their owner. */
function delegating(count: number): Uint8Array {
  const file = JSON.parse(Buffer.from(fileOf(here.repository, 'targets')).toString());
  const [role] = file.signed.delegations.roles;
  file.signed.version += 1;
  file.signed.delegations.roles = Array.from({ length: count }, (_, at) => ({ ...role, name: `r${at}` }));
  return Buffer.from(JSON.stringify(file));
}
