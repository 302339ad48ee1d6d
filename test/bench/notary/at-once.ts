// Eight people who publish one repository at the same moment, and try once more when they are refused. `notary` has no retry of its own,
// and a retry repeats what it began with: whoever publishes its own snapshot is overtaken again as long as others go on.
import { createHash } from 'node:crypto';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { person } from '../../interop/notary/notary-program.ts';
import { machine } from '../../lab/countersign.ts';
import type { Row } from '../table.ts';
import type { Rival, Rivals } from './rivals.ts';

const PEOPLE = 8;
const tags = Array.from({ length: PEOPLE }, (_, index) => `v${index}`);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export async function publishersAtOnce({ ours, reference, folder }: Rivals): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const snapshot of ['their own', 'of the server'] as const) {
    for (const rival of [reference, ours]) {
      const landed = await withNotary(rival, join(folder, `${rival.name}-${snapshot.replaceAll(' ', '-')}`), snapshot);
      const server = rival.name === 'ours' ? 'countersign serve' : 'notary-server';
      rows.push({
        figure: `notary publish, ${PEOPLE} at once, one retry each, snapshot key ${snapshot}, on ${server}`,
        measured: `${landed} of ${PEOPLE} landed`,
        mustReach: '',
        reached: undefined,
      });
    }
  }
  const landed = await withOurs(ours, join(folder, 'crowd'));
  const figure = `countersign sign, ${PEOPLE} at once, on countersign serve`;
  return [...rows, { figure, measured: `${landed} of ${PEOPLE} landed`, mustReach: `${PEOPLE}`, reached: landed === PEOPLE }];
}

/** How many tags a new reader finds. Throws when one is missing whose publisher was told that it landed. */
async function withNotary({ url, ca, name }: Rival, folder: string, snapshot: 'their own' | 'of the server'): Promise<number> {
  const target = { name, url, ca };
  const gun = `registry.example.com/${snapshot.replaceAll(' ', '-')}/crowd`;
  const owner = person(target, folder, 'owner');
  await owner.notary(['init', gun, '-p']);
  if (snapshot === 'of the server') await owner.notary(['key', 'rotate', gun, 'snapshot', '-r']);
  const people = await Promise.all(tags.map((tag) => owner.copy(tag)));
  await Promise.all(people.map((who, index) => who.notary(['addhash', gun, `v${index}`, '3', '--sha256', sha256(`v${index}`)])));
  const publish = async (who: (typeof people)[number]): Promise<boolean> => (await who.attempt(['publish', gun])).exit === 0;
  const told = await Promise.all(people.map(async (who) => (await publish(who)) || (await publish(who))));
  const listed = (await person(target, folder, 'reader').notary(['list', gun])).match(/^v\d/gm) ?? [];
  checkTold(told, listed);
  return listed.length;
}

async function withOurs({ url, ca }: Rival, folder: string): Promise<number> {
  const trusted = ['--ca-file', ca, '--dialect', 'notary'];
  const gun = 'registry.example.com/ours/crowd';
  const owner = machine(join(folder, 'owner'), url);
  const pin = (await owner.countersign(['init', gun, ...trusted])).stdout.trim();
  const told = await Promise.all(
    tags.map(async (tag) => {
      await cp(join(folder, 'owner'), join(folder, tag), { recursive: true });
      const { countersign } = machine(join(folder, tag), url);
      return async (): Promise<boolean> => {
        await countersign(['sign', `${gun}:${tag}`, '--digest', `sha256:${sha256(tag)}`, '--length', '3', ...trusted]);
        return true;
      };
    }),
  ).then((signers) => Promise.all(signers.map((sign) => sign().catch(() => false))));
  const reader = machine(join(folder, 'reader'), url, { COUNTERSIGN_ROOT_PIN: pin });
  const listed = (await reader.countersign(['list', gun, ...trusted])).stdout.match(/\bv\d\b/g) ?? [];
  checkTold(told, listed);
  return listed.length;
}

function checkTold(told: readonly boolean[], listed: readonly string[]): void {
  const lost = tags.filter((tag, index) => told[index] === true && !listed.includes(tag));
  if (lost.length > 0) throw new Error(`said to have landed, and not there: ${lost.join(', ')}`);
}
