import { imageEntry, parseDigest, pinOf, ROOT } from '@countersign/core';
import { type MetadataServer, simulate, startMetadataServer } from '@countersign/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPaint } from './paint.ts';
import { plain, plainJson, plainLines } from './plain.ts';
import { type Machine, machine } from './testing/machine.ts';

const CLEAR = '\u001b[2J\u001b]0;title\u0007';
const HIDDEN = '\u009b8m\u202etxt.1v\u2066\u{e0041}';
const NAME = `v1${CLEAR}${HIDDEN}`;
const DIGEST = parseDigest(`sha256:${'a1'.repeat(32)}`);
const UNPRINTABLE = /(?!\n)\p{C}/u;

describe('a name that was signed elsewhere', () => {
  let server: MetadataServer;
  let host: Machine;
  let gun: string;
  beforeEach(async () => {
    const repository = await simulate({ now: Date.now() });
    await repository.publish({ [NAME]: imageEntry({ digest: DIGEST, length: 1, mediaType: 'application/x\u001b[2J' }) });
    server = await startMetadataServer(new Map([[repository.gun, repository]]));
    host = await machine();
    host.env = { ...host.env, COUNTERSIGN_SERVER: server.url.href };
    gun = repository.gun;
    const { digest, version } = pinOf(repository.current('root', ROOT), repository.env().crypto);
    await host.run('trust', 'pin', gun, `${digest}@${version}`);
  });
  afterEach(async () => {
    await server.close();
    await host.remove();
  });

  it.each(['list', 'inspect', 'verify'])('cannot repaint the terminal: %s', async (command) => {
    const words = [command, command === 'verify' ? `${gun}@${DIGEST}` : gun];
    for (const format of ['text', 'json']) {
      const { exit, stdout, stderr } = await host.run(...words, '--output', format);
      expect([exit, UNPRINTABLE.test(stdout), UNPRINTABLE.test(stderr)]).toEqual([0, false, false]);
      if (format === 'json' && command === 'list') expect(JSON.parse(stdout)).toMatchObject({ entries: [{ name: NAME }] });
    }
  });
});

it('text keeps what it says, and shows what it hides', () => {
  expect(plain(`a${CLEAR}\n`)).toBe('a\\u001b[2J\\u001b]0;title\\u0007\\u000a');
  expect(plainLines('a\tb\n\u001bc\r\u00e9\u65e5')).toBe('a\tb\n\\u001bc\\u000d\u00e9\u65e5');
  const json = plainJson(JSON.stringify({ name: NAME }));
  expect(JSON.parse(json)).toEqual({ name: NAME });
  expect(json).not.toMatch(/\p{C}/u);
});

it.each([true, false])('a terminal sees the colours of this program and no other control: isTTY %s', (isTTY) => {
  const paint = createPaint({ isTTY, write: () => undefined }, {});
  const warning = paint.red('warning:');
  expect(paint.lines(`${warning} a${CLEAR}\nb${HIDDEN}`)).toBe(`${warning} a\\u001b[2J\\u001b]0;title\\u0007\nb${plainLines(HIDDEN)}`);
});

it('shows the ends of lines and paragraphs that a terminal may take for some', () => {
  expect(plain('a\u2028b\u2029c')).toBe('a\\u2028b\\u2029c');
  expect(JSON.parse(plainJson(JSON.stringify('a\u2028b')))).toBe('a\u2028b');
});
