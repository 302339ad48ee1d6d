// A name between the parts of its import: it is served to nobody, and so looks free.
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { notary } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { oldRepository } from '@countersign/testkit';
import { afterEach, expect, it } from 'vitest';
import { type Answer, ask, multipart, multipartType } from './testing/ask.ts';
import { closeLaboratories, type Laboratory, laboratory, NOON, temporaryFolder } from './testing/laboratory.ts';

afterEach(closeLaboratories);

const GUN = 'registry.example.com/team/app';
const RIGHTS = { publisher: ['pull', 'push'], administrator: ['pull', 'push', 'admin'] } as const;
type Who = keyof typeof RIGHTS;
const as = (who: Who) => ({ authorization: `Bearer ${who}` });

async function guarded(): Promise<Laboratory> {
  const file = join(await temporaryFolder(), 'access.json');
  const entries = Object.entries(RIGHTS).map(([token, actions]) => ({
    sha256: createHash('sha256').update(token).digest('hex'),
    guns: ['registry.example.com/**'],
    actions,
  }));
  await writeFile(file, JSON.stringify(entries));
  return await laboratory('memory', { access: file });
}

const send = (url: string, who: Who, files: Iterable<readonly [string, Uint8Array]>): Promise<Answer> =>
  ask(url, { method: 'POST', headers: { 'content-type': multipartType, ...as(who) }, body: multipart([...files]) });
const publishUrl = (lab: Laboratory): string => `${lab.url}/v2/${GUN}/_trust/tuf/`;
const importUrl = (lab: Laboratory): string => `${lab.url}/_countersign/v1/repositories/${GUN}/import?unsafe-trust-first-root=true`;

/** A first publish of somebody else under that name, as this server would take it. */
async function firstPublish(lab: Laboratory): Promise<Iterable<readonly [string, Uint8Array]>> {
  const { body } = await ask(`${publishUrl(lab)}timestamp.key`, { headers: as('publisher') });
  const material = Buffer.from(JSON.parse(body.toString()).keyval.public, 'base64').toString('hex');
  const timestampKey = notary.spellKey({ keytype: '', scheme: 'ed25519', public: material }, nativeCryptography());
  return await (await oldRepository({ gun: GUN, now: NOON, timestampKey })).publish({ entry: 'v1' });
}

it('whoever may only publish does not take a name whose import was begun', async () => {
  const lab = await guarded();
  const owners = await oldRepository({ gun: GUN, now: NOON });
  await owners.publish({ entry: 'v1' });
  await owners.publish({ entry: 'v2' });
  const roots = [...owners.files].filter(([name]) => name.endsWith('.root.json'));
  expect((await send(`${importUrl(lab)}&part=more`, 'administrator', roots)).status).toBe(200);
  const taken = await send(publishUrl(lab), 'publisher', await firstPublish(lab));
  expect([taken.status, taken.refusal.code]).toEqual([400, 'INVALID_UPDATE']);
  expect(taken.refusal.detail).toMatchObject({ Error: { Msg: expect.stringContaining('import') } });
  const rest = await send(importUrl(lab), 'administrator', owners.files);
  expect(JSON.parse(rest.body.toString())).toMatchObject({ standing: 'served' });
});

it('an administrator may give up an import, and begin anew', async () => {
  const lab = await guarded();
  const owners = await oldRepository({ gun: GUN, now: NOON });
  await owners.publish({ entry: 'v1' });
  const roots = [...owners.files].filter(([name]) => name.endsWith('.root.json'));
  expect((await send(`${importUrl(lab)}&part=more`, 'administrator', roots)).status).toBe(200);
  expect((await send(publishUrl(lab), 'administrator', await firstPublish(lab))).status).toBe(200);
});
