import { describe, expect, it } from 'vitest';
import { checkManifest, INDEX_TYPES, MANIFEST_TYPES } from './media-types.ts';

const [INDEX = ''] = INDEX_TYPES;
const [MANIFEST = ''] = MANIFEST_TYPES;
const index = { schemaVersion: 2, mediaType: INDEX, manifests: [] };
const manifest = { schemaVersion: 2, mediaType: MANIFEST, config: {}, layers: [] };
const check = (body: unknown, mediaType: string): void =>
  checkManifest(new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)), mediaType, 'host/app:v1');

describe('the body of a manifest', () => {
  it('is accepted when it is what its media type says', () => {
    for (const type of INDEX_TYPES) expect(() => check({ ...index, mediaType: type }, type)).not.toThrow();
    for (const type of MANIFEST_TYPES) expect(() => check({ ...manifest, mediaType: type }, type)).not.toThrow();
    expect(() => check({ schemaVersion: 2, layers: [] }, MANIFEST)).not.toThrow();
  });

  const wrong: readonly [string, unknown, string][] = [
    ['names another media type than the reply', manifest, INDEX],
    ['names another kind of the same thing', index, INDEX_TYPES[1] ?? ''],
    ['names no string as its media type', { ...manifest, mediaType: null }, MANIFEST],
    ['is an index with layers', { ...index, layers: [] }, INDEX],
    ['is a manifest with manifests', { ...manifest, manifests: [] }, MANIFEST],
    ['is both, without saying what it is', { schemaVersion: 2, manifests: [], layers: [] }, INDEX],
    ['is an index with a configuration', { ...index, config: {} }, INDEX],
    ['hides schema 1', { ...manifest, fsLayers: [] }, MANIFEST],
    ['is schema 1', { schemaVersion: 1, fsLayers: [] }, 'application/vnd.docker.distribution.manifest.v1+prettyjws'],
    ['has no schema version', { ...manifest, schemaVersion: undefined }, MANIFEST],
    ['has no content', { schemaVersion: 2 }, MANIFEST],
    ['is of no type that is known', manifest, 'application/json'],
    ['is of no type at all', manifest, ''],
    ['is no object', [manifest], MANIFEST],
    ['has one member twice', '{"schemaVersion":2,"layers":[],"layers":[1]}', MANIFEST],
    ['is no JSON', '<html>', MANIFEST],
  ];
  for (const [claim, body, type] of wrong) {
    it(`is refused when it ${claim}`, () => expect(() => check(body, type)).toThrow(expect.objectContaining({ code: 'bad-reply' })));
  }
});
