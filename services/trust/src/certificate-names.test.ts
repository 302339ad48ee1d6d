import { writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import type { Instant } from '@countersign/core';
import { newIdentity, pemKey } from '@countersign/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { certificateNames } from './certificate-names.ts';
import { closeLaboratories, DAY, laboratory, temporaryFolder } from './testing/laboratory.ts';

afterEach(closeLaboratories);

const life = { from: (Date.now() - DAY) as Instant, until: (Date.now() + DAY) as Instant };

describe('the names in a certificate', () => {
  it('are names of the server, but no wildcards, and nothing that pretends to be two', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'cert.pem');
    const hosts = ['trust.example.com', 'Notary.example.com', '*.example.org', 'evil.example, DNS:other.example', 'a b'];
    await writeFile(file, newIdentity({ name: 'trust', hosts, ...life }).pem);
    expect(await certificateNames(file)).toEqual(['trust.example.com', 'Notary.example.com']);
    await writeFile(file, newIdentity({ name: 'trust', ...life }).pem);
    expect(await certificateNames(file)).toEqual([]);
    await writeFile(file, 'none');
    expect(await certificateNames(file)).toEqual([]);
    expect(await certificateNames(join(folder, 'absent'))).toEqual([]);
  });

  it('are answered to without being named again', async () => {
    const folder = await temporaryFolder();
    const server = newIdentity({ name: 'trust', hosts: ['trust.example.com', '*.example.org'], ...life });
    const [tlsCert, tlsKey] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    await writeFile(tlsCert, server.pem);
    await writeFile(tlsKey, pemKey(server));
    const { url } = await laboratory('memory', { tlsCert, tlsKey });
    const asked = (host: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const options = { headers: { host }, rejectUnauthorized: false, agent: false as const };
        request(`${url}/v2/`, options, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end();
      });
    expect(await asked('trust.example.com:4443')).toBe(200);
    expect(await asked('a.example.org')).toBe(421);
    expect(await asked('trust.example.net')).toBe(421);
  });
});
