// What an administrator brings from another server: raw files, each called `N.role.json`, and whose word their first root is taken on.
import {
  encodeUtf8,
  FormatError,
  type ImportFile,
  type ImportOffer,
  type LeftOut,
  parseNotaryRoleName,
  parsePin,
  parseVersion,
} from '@countersign/core';
import type { Head } from '@countersign/store';
import type { RepositoryCall } from '../call.ts';
import { RequestError } from '../errors.ts';
import { importPart } from '../import.ts';
import { privateReply, type Reply } from '../reply.ts';
import { repositoryOf } from '../repository.ts';
import { type ImportStanding, importStanding } from '../standing.ts';
import type { World } from '../world.ts';

const MOST_TOLD = 100;

/** `?pin=sha256:HEX@N`, `?unsafe-trust-first-root=true` or both; `part=more` when others follow. Throws what `importPart` throws. */
export async function postImport({ gun, query, upload }: RepositoryCall, world: World): Promise<Reply> {
  const trust = trustOf(query);
  const part = query.get('part') ?? 'last';
  if (part !== 'more' && part !== 'last') throw new RequestError('invalid-parameters', 'part: wanted more or last');
  const files = [...(await upload())].map(([name, bytes]) => fileOf(name, bytes));
  const { head, standing, added, repeated, leftOut } = await importPart(world, { gun, files, trust, part });
  const answer = {
    ...standingOf(head, standing),
    added,
    repeated,
    leftOut: leftOut.slice(0, MOST_TOLD).map(told),
    leftOutCount: leftOut.length,
  };
  return privateReply(asJson(answer), { seq: head?.seq ?? 0, added, leftOut: leftOut.length });
}

/** How the name stands, and the newest version of each role that is here: where an import goes on. */
export async function getImport({ gun }: RepositoryCall, world: World): Promise<Reply> {
  const { head, standing } = await importStanding(world, repositoryOf(gun, 'notary'));
  return privateReply(asJson(standingOf(head, standing)));
}

function standingOf(head: Head | undefined, standing: ImportStanding): Readonly<Record<string, unknown>> {
  const files = [...(head?.files.values() ?? [])].map(({ role, version, digest }) => ({ role, version, digest }));
  return { schema: 1, standing, seq: head?.seq ?? 0, files };
}

function trustOf(query: URLSearchParams): ImportOffer['trust'] {
  const [pins, words] = [query.getAll('pin'), query.getAll('unsafe-trust-first-root')];
  const [pin] = pins;
  const isSaid = words.length === 1 && words[0] === 'true';
  if (pins.length <= 1 && words.length <= 1 && (isSaid || (pin !== undefined && words.length === 0)))
    return { pin: pin === undefined ? undefined : parsePin(pin).pin, unpinned: isSaid ? 'unsafe-trust' : 'refuse' };
  const text = 'wanted the pin of a root, or the word unsafe-trust-first-root=true: the server that kept them proves nothing';
  throw new RequestError('invalid-parameters', text);
}

function fileOf(name: string, bytes: Uint8Array): ImportFile {
  const [, number = '', role = ''] = /^([1-9][0-9]{0,15})\.(.+)\.json$/.exec(name) ?? [];
  if (role === '')
    throw new FormatError('invalid-name', `wanted a file name like 3.targets.json, got ${JSON.stringify(name.slice(0, 80))}`);
  return { role: parseNotaryRoleName(role), version: parseVersion(Number(number), 'version'), bytes };
}

const told = ({ role, version, code, why }: LeftOut): LeftOut => ({ role, version, code, why: why.slice(0, 200) });
const asJson = (value: object): Uint8Array => encodeUtf8(`${JSON.stringify(value)}\n`);
