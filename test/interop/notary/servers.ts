// Which trust servers a scenario runs against: ours is the claim. The reference shows that the claim is the right one; it is a
// developer's choice, with COUNTERSIGN_INTEROP_REFERENCE=1, because it proves nothing about Countersign.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LOOPBACK_CERTIFICATE } from '@countersign/testkit';
import { afterAll, beforeAll, describe } from 'vitest';
import { temporaryFolder } from '../../lab/countersign.ts';
import { missingTools } from '../../lab/tools.ts';
import { type Person, person } from './notary-program.ts';
import { startOurServer } from './our-server.ts';
import { startReferenceServer } from './reference-server.ts';

export interface Target {
  readonly name: string;
  /** Without a slash at its end. */
  readonly url: string;
  /** A file with the certificate that the server shows, in PEM. */
  readonly ca: string;
}

export interface Surroundings {
  readonly folder: string;
  readonly cert: string;
  readonly key: string;
  /** Members of a notary-server configuration that differ from the plain one. */
  readonly settings: Settings;
}
export type Settings = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
export type Start = (surroundings: Surroundings) => Promise<{ readonly url: string; readonly pid: number; close(): Promise<void> }>;

/** What a scenario is given. Everything is there from the first test on, and gone after the last. */
export interface Stage {
  readonly target: Target;
  readonly folder: string;
  person(name: string): Person;
}

const REFERENCE = process.env['COUNTERSIGN_INTEROP_REFERENCE'] === '1';

const KINDS: readonly { readonly name: string; readonly start: Start; readonly wanted: boolean; readonly tools: readonly string[] }[] = [
  { name: 'countersign serve', start: startOurServer, wanted: true, tools: [] },
  { name: 'notary-server', start: startReferenceServer, wanted: REFERENCE, tools: ['notary-server'] },
];

export interface Needs {
  readonly tools: readonly string[];
  /** Why it cannot run here, apart from tools. */
  readonly obstacle?: string | undefined;
  /** Spares the reference what it is known to get wrong. */
  readonly only?: 'ours';
  /** What stands before the server starts and goes after it, and the settings that tell the server of it. */
  readonly prepare?: (folder: string) => Promise<{ readonly settings: Settings; close(): Promise<void> }>;
}

/** Runs the claims against every server that was chosen, each with a server of its own. */
export function atEachServer(subject: string, needs: Needs, claims: (stage: Stage) => void): void {
  for (const kind of KINDS.filter(({ wanted }) => wanted)) {
    const spared = kind.start === startReferenceServer && needs.only === 'ours' ? 'it is known to fall short' : undefined;
    const without = spared ?? missingTools(...needs.tools, ...kind.tools) ?? needs.obstacle;
    describe.skipIf(without !== undefined)(`${subject}, at ${kind.name}${without === undefined ? '' : ` (${without})`}`, () => {
      let closing: (() => Promise<void>)[] = [];
      let open: { readonly target: Target; readonly folder: string } | undefined;
      const opened = () => {
        if (open === undefined) throw new Error('the server has not started');
        return open;
      };
      beforeAll(async () => {
        const { path: folder, remove } = await temporaryFolder();
        closing = [remove];
        const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
        await writeFile(cert, LOOPBACK_CERTIFICATE.cert);
        await writeFile(key, LOOPBACK_CERTIFICATE.key, { mode: 0o600 });
        await mkdir(join(folder, 'people'));
        const prepared = await needs.prepare?.(folder);
        if (prepared !== undefined) closing.unshift(() => prepared.close());
        const server = await kind.start({ folder, cert, key, settings: prepared?.settings ?? {} });
        closing.unshift(() => server.close());
        open = { target: { name: kind.name, url: server.url, ca: cert }, folder };
      });
      afterAll(async () => {
        for (const close of closing) await close();
      });
      claims({
        get target() {
          return opened().target;
        },
        get folder() {
          return opened().folder;
        },
        person: (name) => person(opened().target, join(opened().folder, 'people'), name),
      });
    });
  }
}
