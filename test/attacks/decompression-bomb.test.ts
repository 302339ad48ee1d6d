// Decompression bombs: a thousand bytes on the wire, a million in memory, and limits that count the wrong ones.
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { fileOf, pathOf, published, ROLES } from './victims/story.ts';
import { againstClients, refusal } from './victims/victims.ts';

const ZEROS = Buffer.alloc(16 * 1024 * 1024, 0x20);
const BOMBS = [
  ['gzip', new Uint8Array(gzipSync(ZEROS))],
  ['br', new Uint8Array(brotliCompressSync(ZEROS, { params: { [1]: 1 } }))],
] as const;

againstClients('unpacks nothing', (start) => {
  for (const [encoding, bytes] of BOMBS) {
    it.each(ROLES)(`${encoding} for %s`, async (role) => {
      const repository = await published(['v1']);
      const lie = { do: 'bytes', bytes, headers: { 'content-encoding': encoding } } as const;
      const victim = await start(repository, { lies: new Map([[pathOf(repository, role), lie]]) });
      expect(bytes.length).toBeLessThan(ZEROS.length / 900);
      expect(['bad-reply', 'too-large']).toContain(await refusal(victim.verify('v1')));
    });
  }

  it('not even an honest file: nobody asked for it to be packed', async () => {
    const repository = await published(['v1']);
    const bytes = new Uint8Array(gzipSync(fileOf(repository, 'timestamp')));
    const victim = await start(repository, {
      lies: new Map([['timestamp.json', { do: 'bytes', bytes, headers: { 'content-encoding': 'gzip' } }]]),
    });
    expect(await refusal(victim.verify('v1'))).toBe('bad-reply');
  });

  it('what is packed without saying so', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    victim.instead.set('timestamp.json', new Uint8Array(gzipSync(fileOf(repository, 'timestamp'))));
    expect(await refusal(victim.verify('v1'))).toBe('malformed');
  });
});
