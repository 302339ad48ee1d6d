// Minutes long, on the real program: the server killed in the middle of everything, 64 publishers at once, and 500 repositories.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['crash/*.slow.ts', 'fleet/*.slow.ts', 'consistency/*.slow.ts'],
    testTimeout: 900_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
