// A running notary-server with as many repositories as a real installation: a few made by the `notary` program, the bulk drafted here in
// the form that this server wants and uploaded as that program does.
import { Agent, request } from 'node:https';
import { type NotaryKey, spellNotaryKey } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { LOOPBACK_CERTIFICATE, type OldRepository, oldRepository, type Step } from '@countersign/testkit';

const crypto = nativeCryptography();

export interface OldInstallation {
  readonly repositories: readonly OldRepository[];
  /** Publishes once more, at the server too. */
  publish(repository: OldRepository, step: Step): Promise<void>;
  close(): void;
}

/** `count` repositories of `versions` publishes each, with delegations and rotated roots, at the server at `url`. */
export async function oldInstallation(url: string, count: number, versions: number): Promise<OldInstallation> {
  const agent = new Agent({ keepAlive: true, ca: LOOPBACK_CERTIFICATE.cert });
  const ask = (path: string, body?: { readonly type: string; readonly bytes: Buffer }): Promise<{ status: number; body: Buffer }> =>
    new Promise((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST';
      const headers = body === undefined ? {} : { 'content-type': body.type, 'content-length': body.bytes.length };
      request(`${url}${path}`, { agent, method, headers }, (reply) => {
        const chunks: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => chunks.push(chunk));
        reply.on('end', () => resolve({ status: reply.statusCode ?? 0, body: Buffer.concat(chunks) }));
      })
        .on('error', reject)
        .end(body?.bytes);
    });

  async function publish(repository: OldRepository, step: Step): Promise<void> {
    const parts = await repository.publish(step);
    const boundary = 'an-old-publisher';
    const pieces = [...parts].flatMap(([role, bytes]) => [
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="files"; filename="${role}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
      ),
      bytes,
      Buffer.from('\r\n'),
    ]);
    const bytes = Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
    const type = `multipart/form-data; boundary=${boundary}`;
    const { status, body } = await ask(`/v2/${repository.gun}/_trust/tuf/`, { type, bytes });
    if (status !== 200) throw new Error(`${repository.gun}: ${status} ${body.toString()}`);
  }

  const timestampKey = async (gun: string): Promise<NotaryKey> => {
    const key = JSON.parse((await ask(`/v2/${gun}/_trust/tuf/timestamp.key`)).body.toString());
    const raw = Buffer.from(key.keyval.public, 'base64').toString('hex');
    return spellNotaryKey({ keytype: key.keytype, scheme: 'ed25519', public: raw }, crypto);
  };

  const begun = async (number: number): Promise<OldRepository> => {
    const gun = `registry.example.com/bulk/app-${String(number).padStart(2, '0')}`;
    const repository = await oldRepository({ gun, now: Date.now(), timestampKey: await timestampKey(gun) });
    await publish(repository, { entry: 'v1', delegate: 'targets/releases' });
    await publish(repository, { delegate: 'targets/releases/team', releases: [['targets/releases', 'first']] });
    for (let version = 3; version <= versions; version += 1) {
      const rotate = version % 6 === 0 ? ({ rotate: version % 12 === 0 ? 'root' : 'targets' } as const) : {};
      const role = version % 2 === 0 ? 'targets/releases' : 'targets/releases/team';
      await publish(repository, {
        ...rotate,
        ...(version % 5 === 0 ? { entry: `v${version}` } : {}),
        releases: [[role, `tag-${version}`]],
      });
    }
    return repository;
  };
  const repositories: OldRepository[] = [];
  const numbers = Array.from({ length: count }, (_, index) => index).values();
  const worker = async (): Promise<void> => {
    for (const number of numbers) repositories.push(await begun(number));
  };
  await Promise.all([worker(), worker(), worker()]);
  return { repositories, publish, close: () => agent.destroy() };
}
