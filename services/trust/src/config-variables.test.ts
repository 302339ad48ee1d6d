import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CONFIG_KEYS, parseServerConfig } from './config.ts';
import { readConfigVariables, variableOf } from './config-variables.ts';

describe('variables', () => {
  it('say what a file says, text as text and the rest as JSON', () => {
    const settings = readConfigVariables({
      COUNTERSIGN_SERVE_DATA: '/srv/trust',
      COUNTERSIGN_SERVE_TIMESTAMP_EXPIRY: '12h',
      COUNTERSIGN_SERVE_MAX_CONNECTIONS: '10',
      COUNTERSIGN_SERVE_ALLOWED_HOSTS: '["trust.example.com"]',
      COUNTERSIGN_SERVE_LIMITS: '{"uploadParts":7}',
      COUNTERSIGN_SERVE_ACCESS: '',
      COUNTERSIGN_SERVER: 'http://elsewhere',
    });
    expect(parseServerConfig(settings)).toMatchObject({
      data: '/srv/trust',
      lifetimes: { timestamp: 43_200_000 },
      maxConnections: 10,
      allowedHosts: ['trust.example.com'],
      limits: { uploadParts: 7 },
      access: undefined,
    });
  });

  it.each([
    ['that nobody knows', { COUNTERSIGN_SERVE_TIMESTAMP_EXPIRE: '3d' }, 'TIMESTAMP_EXPIRE'],
    ['that are no JSON', { COUNTERSIGN_SERVE_MAX_CONNECTIONS: 'many' }, 'MAX_CONNECTIONS'],
    ['that open a server', { COUNTERSIGN_SERVE_UNSAFE_OPEN: 'true' }, 'UNSAFE_OPEN'],
    ['that forget what was signed', { COUNTERSIGN_SERVE_UNSAFE_NEW_HIGH_WATER: 'true' }, 'UNSAFE_NEW_HIGH_WATER'],
  ])('%s are refused by name', (_, env, named) => {
    const refusal = expect.objectContaining({ code: 'invalid-config', message: expect.stringContaining(named) });
    expect(() => readConfigVariables(env)).toThrowError(refusal);
  });
});

it('docs/reference/config.md has each setting with its variable, and no other', () => {
  const page = readFileSync(new URL('../../../docs/reference/config.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-zA-Z]+)` \| (`([A-Z_]+)`|-) \|/gm)].map(([, key, , variable]) => [key, variable]);
  expect(rows).toEqual(CONFIG_KEYS.map((key) => [key, key.startsWith('unsafe') ? undefined : variableOf(key)]));
});
