// Members that are more, fewer, or other than the usual: what the specification lets a publisher write.
import { type JsonValue, jsonObject } from '@countersign/core';
import { changedMember, respelled, withMember, withoutHashes, withSignatures } from '@countersign/testkit';
import type { Role } from '../attacks/victims/story.ts';
import type { Differential, Verdict } from '../properties/differentials.ts';

const at = (path: Parameters<typeof withMember>[0]) => (value: JsonValue) => withMember(path, value);
const signed = (role: Role, name: string, verdict: Verdict, bend: NonNullable<Differential['bend']>): Differential => ({
  role,
  name,
  verdict,
  bend,
});
const written = (role: Role, name: string, verdict: Verdict, respell: NonNullable<Differential['respell']>): Differential => ({
  role,
  name,
  verdict,
  respell,
});
const nested = (depth: number): string => `"x":${'['.repeat(depth)}${']'.repeat(depth)},`;
const beside = (what: string) => (file: Uint8Array) => respelled(file, '"signed"', `${what}"signed"`);
const role = (path: readonly (string | number)[]) => ['delegations', 'roles', 0, ...path];
const stranger = (keyid: string, sig: JsonValue) => (file: Uint8Array) =>
  withSignatures(file, (signatures) => [...signatures, jsonObject({ keyid, sig })]);

export const MEMBERS: readonly Differential[] = [
  written('timestamp', 'an unknown member of the file', 'accepted', beside('"x-note":1,')),
  written('timestamp', 'an unknown member of a signature', 'accepted', (file) =>
    withSignatures(file, (signatures) => signatures.map((one) => withMember(['x-note'], 1)(one))),
  ),
  signed('snapshot', 'an unknown member of signed', 'accepted', at(['x-note'])(jsonObject({ a: [1, null, 'b'] }))),
  signed('snapshot', 'an unknown member of a meta entry', 'accepted', at(['meta', 'targets.json', 'x-note'])(1)),
  signed('root', 'an unknown member of a role', 'accepted', at(['roles', 'targets', 'x-note'])(1)),
  signed('targets', 'an unknown member of delegations', 'accepted', at(['delegations', 'x-note'])(1)),
  signed('targets', 'an unknown member of a delegated role', 'accepted', at(role(['x-note']))(1)),
  signed('releases', 'an unknown member of an entry', 'accepted', at(['targets', 'v1', 'x-note'])(1)),
  written('timestamp', 'an unknown member changed on the way', 'signature', (file) =>
    respelled(file, '"x-countersign"', '"y-countersign"'),
  ),
  written('timestamp', '64 levels', 'accepted', beside(nested(63))),
  written('timestamp', '65 levels', 'too-large', beside(nested(64))),
  written('releases', '"version":9007199254740993', 'malformed', (file) => respelled(file, '"version":2', '"version":9007199254740993')),
  written('targets', '"threshold":1.5', 'malformed', (file) => respelled(file, '"threshold":1', '"threshold":1.5')),
  written('releases', 'version twice', 'malformed', (file) => respelled(file, '"version":2', '"version":2,"version":2')),
  written('timestamp', 'a signature by an unknown key id', 'accepted', stranger('nobody', '00')),
  written('timestamp', 'an empty signature by another', 'accepted', stranger('nobody', '')),
  written('timestamp', 'a signature by another that is no hex', 'accepted', stranger('nobody', 'zz')),
  written('timestamp', 'a signature that is no text', 'malformed', stranger('nobody', 1)),
  written('timestamp', 'the same key id twice', 'malformed', (file) =>
    withSignatures(file, (signatures) => [...signatures, ...signatures]),
  ),
  written('timestamp', 'no signatures', 'signature', (file) => withSignatures(file, () => [])),
  written('timestamp', '65 signatures', 'too-large', (file) =>
    withSignatures(file, (signatures) => [...signatures, ...Array.from({ length: 64 }, (_, n) => jsonObject({ keyid: `k${n}`, sig: '' }))]),
  ),
  signed('timestamp', 'expires at the start of the refresh', 'expired', at(['expires'])('2026-11-21T12:00:00Z')),
  signed('root', 'expires before now', 'expired', at(['expires'])('2026-11-21T11:59:59Z')),
  signed('snapshot', 'expires before now', 'expired', at(['expires'])('2026-11-21T11:59:59Z')),
  signed('releases', 'expires before now', 'expired', at(['expires'])('2026-11-21T11:59:59Z')),
  signed('targets', 'of type snapshot', 'malformed', at(['_type'])('snapshot')),
  signed('releases', 'of type releases', 'malformed', at(['_type'])('releases')),
  signed('snapshot', 'meta entries of versions alone', 'accepted', withoutHashes),
  signed('timestamp', 'a meta entry of a version alone', 'accepted', withoutHashes),
  signed(
    'snapshot',
    'a meta entry with md5 alone',
    'mismatch',
    at(['meta', 'targets.json', 'hashes'])(jsonObject({ md5: 'ab'.repeat(16) })),
  ),
  signed('snapshot', 'a meta entry with no hash', 'malformed', at(['meta', 'targets.json', 'hashes'])(new Map())),
  signed(
    'snapshot',
    'no entry for targets',
    'malformed',
    changedMember(['meta'], () => new Map()),
  ),
  signed('snapshot', 'no entry for releases', 'unsigned', (tree) =>
    changedMember(
      ['meta'],
      (meta) => new Map([...(meta as ReadonlyMap<string, JsonValue>)].filter(([name]) => name !== 'releases.json')),
    )(tree),
  ),
  signed('root', 'a threshold that its keys cannot meet', 'signature', at(['roles', 'targets', 'threshold'])(2)),
  signed('targets', 'a delegated threshold that its keys cannot meet', 'signature', at(role(['threshold']))(2)),
  signed('targets', 'a role named snapshot', 'malformed', at(role(['name']))('snapshot')),
  signed('targets', 'a role named timestamp', 'malformed', at(role(['name']))('timestamp')),
  ...['', '/', '..', 'a//b', 'a\\b', 'e\u0301', 'constructor', '__proto__'].map((path) =>
    signed('releases', `an entry named ${JSON.stringify(path)}`, 'accepted', (tree) =>
      changedMember(['targets'], (targets) => {
        const entries = targets as ReadonlyMap<string, JsonValue>;
        return new Map([...entries, [path, entries.get('v1') ?? null]]);
      })(tree),
    ),
  ),
];
