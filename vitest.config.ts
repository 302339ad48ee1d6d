// Tests run on the sources: every workspace name resolves to its `src`, so that a class has one identity in a test run.
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@countersign\/store\/contract$/, replacement: source('./packages/store/src/contract.ts') },
      { find: /^@countersign\/trust-server$/, replacement: source('./services/trust/src/index.ts') },
      { find: /^@countersign\/signer-server$/, replacement: source('./services/signer/src/index.ts') },
      { find: /^@countersign\/([a-z-]+)$/, replacement: `${source('./packages')}/$1/src/index.ts` },
      { find: /^countersign$/, replacement: source('./cli/src/index.ts') },
    ],
  },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'services/*/src/**/*.test.ts', 'cli/src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'test/interop/**'],
    // Vitest leaves one processor free, which on two makes one file wait for the other.
    maxWorkers: availableParallelism(),
    // Most files share most modules: to load them anew for each file is a third of all work. No test changes what a module holds.
    isolate: false,
    // Of those that run side by side in one file: each starts programs of its own.
    maxConcurrency: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
