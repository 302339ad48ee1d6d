// The same hunt outside of `signed`, where no key is needed to change anything.
import { encodeJson, isJsonObject, type JsonObject, type JsonValue, jsonObject, readJson } from '@countersign/core';
import { type Bend, memberAt, type Simulator, withMember, withoutHashes, withoutMember } from '@countersign/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileOf, pathOf, ROLES, resigned } from '../attacks/victims/story.ts';
import { expectHarmless } from './harmless.ts';
import { mutationsOf } from './mutations.ts';
import { codeOf, completeRepository, verifyImage } from './setting.ts';

let repository: Simulator;
beforeAll(async () => {
  repository = await completeRepository();
  await repository.snapshot({ bend: withoutHashes });
  await repository.timestamp({ bend: withoutHashes });
});

describe.each(ROLES)('the envelope of %s', (role) => {
  const treeOf = (): JsonObject => {
    const { value } = readJson(fileOf(repository, role), { maxDepth: 64 });
    if (!isJsonObject(value)) throw new Error('no file');
    return value;
  };
  /** The code with which the file is refused when it is served like this, to somebody who remembers no other. */
  const verdict = (file: JsonValue): string | undefined => {
    const served = new Map([...repository.served, [pathOf(repository, role), encodeJson(file)]]);
    return codeOf(() => verifyImage(repository, served, undefined));
  };

  beforeAll(async () => {
    if (role === 'root') await resigned(repository, 'root');
  });

  it('is refused whatever is done to it', () => {
    const envelope = withMember(['signed'], 'stays')(treeOf());
    const accepted: string[] = [];
    for (const { place, name, bend } of mutationsOf(envelope)) {
      const changed = place === 'signed' ? bend(treeOf()) : withMember(['signed'], memberAt(treeOf(), ['signed']) ?? null)(bend(envelope));
      if (verdict(changed) === undefined) accepted.push(`${place}: ${name}`);
    }
    expectHarmless(accepted, []);
  });

  it('holds more signatures than one, and only the good ones count', () => {
    const more = (...extra: readonly JsonValue[]): JsonObject =>
      withMember(['signatures'], [...extra, memberAt(treeOf(), ['signatures', 0]) ?? null])(treeOf());
    const stranger = (keyid: string, sig: JsonValue): JsonObject => jsonObject({ keyid, sig });
    expect(verdict(more())).toBeUndefined();
    expect(verdict(more(stranger('stranger', '00')))).toBeUndefined();
    expect(verdict(more(stranger('stranger', '')))).toBeUndefined();
    expect(verdict(more(stranger('stranger', 'no hex')))).toBeUndefined();
    expect(verdict(more(stranger('stranger', null)))).toBe('malformed');
    expect(verdict(more(stranger('', '00')))).toBe('malformed');
    expect(verdict(more(null))).toBe('malformed');
    expect(verdict(more(memberAt(treeOf(), ['signatures', 0]) ?? null))).toBe('malformed');
    expect(verdict(more(...Array.from({ length: 64 }, (_, at) => stranger(`stranger ${at}`, '00'))))).toBe('too-large');
  });

  it('may hold other members, which mean nothing', () => {
    expect(verdict(withMember(['x-note'], 'unsigned')(treeOf()))).toBeUndefined();
  });

  it.each<readonly [string, Bend]>([
    ['an array', (tree) => [tree] as never],
    ['signed as text', (tree) => withMember(['signed'], new TextDecoder().decode(encodeJson(memberAt(tree, ['signed']) ?? null)))(tree)],
    ['signed inside signed', (tree) => withMember(['signed'], new Map([['signed', memberAt(tree, ['signed']) ?? null]]))(tree)],
    ['nothing signed', withoutMember(['signed'])],
  ])('is refused as %s', (_, bend) => {
    expect(verdict(bend(treeOf()))).toBe('malformed');
  });

  it.each([
    ['nothing at all', ''],
    ['white space', ' \n'],
    ['null', 'null'],
    ['a number', '1'],
    ['an empty object', '{}'],
    ['an error page', '<html><body>502 Bad Gateway</body></html>'],
    ['an error object', '{"errors":[{"code":"METADATA_NOT_FOUND"}]}'],
  ])('is refused when it is %s', (_, text) => {
    const served = new Map([...repository.served, [pathOf(repository, role), new TextEncoder().encode(text)]]);
    expect(codeOf(() => verifyImage(repository, served, undefined))).toBe('malformed');
  });
});
