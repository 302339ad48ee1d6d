// The Dockerfile and the compose file as text: what an image must not lose without anybody noticing. Where an engine is, they are built
// and started (test/interop/deploy).
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const at = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const dockerfile = readFileSync(at('deploy/docker/Dockerfile'), 'utf8');
const instructions = dockerfile
  .replaceAll(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => /^[A-Z]/.test(line));
const ofLastStage = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')));
const one = (keyword: string): string => ofLastStage.find((line) => line.startsWith(`${keyword} `)) ?? `no ${keyword}`;
const PINNED = /@sha256:[0-9a-f]{64}$/;

describe('the Dockerfile', () => {
  it('has nothing that its language server complains about', () => {
    expect(validate(dockerfile).map(({ range, message }) => `line ${range.start.line + 1}: ${message}`)).toEqual([]);
  });

  it('builds on an image that its digest names', () => {
    expect(instructions[0]).toMatch(PINNED);
    expect(instructions.filter((line) => line.startsWith('FROM ')).every((line) => line.startsWith('FROM $' + '{NODE_IMAGE}'))).toBe(true);
  });

  it('runs nothing in the image it makes, so that all of it comes from the first stage and from this folder', () => {
    expect(ofLastStage.filter((line) => /^(RUN|ADD|SHELL) /.test(line))).toEqual([]);
  });

  it('names its user by number, and not root', () => {
    expect(one('USER')).toMatch(/^USER [1-9]\d+:[1-9]\d+$/);
  });

  it('starts the program without a shell, which would keep signals to itself', () => {
    for (const keyword of ['ENTRYPOINT', 'CMD', 'HEALTHCHECK']) expect(one(keyword)).toMatch(/\["[^"]+"(, "[^"]+")+\]$/);
  });

  it('starts as one that refuses strangers: it listens everywhere, and has no access file', () => {
    const settings: unknown = JSON.parse(readFileSync(at('deploy/docker/serve.json'), 'utf8'));
    expect(settings).toEqual({
      listen: '0.0.0.0:4443',
      data: '/var/lib/countersign/data',
      highWater: '/var/lib/countersign-marks/high-water',
    });
  });

  it('is built from named folders alone, and never from keys that lie about', () => {
    const ignored = readFileSync(at('.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(ignored[0]).toBe('*');
    expect(ignored).toEqual(expect.arrayContaining(['**/node_modules', '**/*.pem', '**/*.key', 'deploy/docker/secrets']));
    for (const line of ignored) if (line.startsWith('!')) expect(existsSync(at(line.slice(1))), line).toBe(true);
  });
});

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly networks: readonly string[];
  readonly ports?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt: readonly string[];
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

describe('the compose file', () => {
  const compose: Compose = parse(readFileSync(at('deploy/docker/compose.yaml'), 'utf8'), { merge: true });
  const services = Object.entries(compose.services);

  it('hands every secret over as a file, and only to who reads it', () => {
    for (const [name, { secrets, command = [], environment = {} }] of services) {
      const read = `${command.join(' ')} ${Object.values(environment).join(' ')}`;
      for (const secret of secrets) expect(read, name).toContain(`/run/secrets/${secret}`);
      expect([...read.matchAll(/\/run\/secrets\/([a-z0-9.-]+)/g)].map(([, secret]) => secret).toSorted(), name).toEqual(secrets.toSorted());
      expect(read, name).not.toMatch(/:\/\/[^ ]*@/);
    }
    for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^secrets\//);
  });

  it('gives our own containers a root that nobody writes to, and no capability', () => {
    for (const [name, service] of services) {
      expect(service.security_opt, name).toContain('no-new-privileges:true');
      if (service.image !== 'countersign') expect(service.image).toMatch(PINNED);
      else expect(service, name).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    }
  });

  it('lets only the trust server be reached, and first from this machine', () => {
    expect(services.filter(([, { ports }]) => ports !== undefined).map(([name, { ports }]) => [name, ports])).toEqual([
      ['trust', ['127.0.0.1:4443:4443']],
    ]);
    for (const name of ['signer', 'database'])
      for (const network of compose.services[name]?.networks ?? ['none']) expect(compose.networks[network]).toEqual({ internal: true });
  });
});
