// What every test of this folder starts from: a repository that is served, and a client with folders of its own. The client is the
// function that the real program calls; program.test.ts starts the program itself.
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Instant } from '@countersign/core';
import { PlainRepository, type PlainServer, startPlainServer } from '@countersign/testkit';
import { runConformanceClient } from './client.ts';

const DAY = 86_400_000;
export const NOW: number = Date.UTC(2026, 10, 21, 12);

/** Runs the client with arguments; `at` is its time. */
export type Run = (args: readonly string[], at: number) => Promise<number>;

const inProcess: Run = (args, at) => runConformanceClient(args, { now: () => at as Instant, say: () => undefined });

export interface Stand {
  readonly repository: PlainRepository;
  readonly metadataDir: string;
  /** Trust starts with root v1, or with these bytes. */
  init(root?: Uint8Array): Promise<number>;
  /** `days` from now. */
  refresh(days?: number): Promise<number>;
  download(paths: string | readonly string[], days?: number): Promise<number>;
  /** Role (as its file is called) and version of every trusted file, sorted. */
  trusted(): Promise<readonly (readonly [string, number])[]>;
  /** The trusted version of a role. */
  version(role: string): Promise<number | undefined>;
  /** The trusted file of a role. */
  file(role: string): Promise<Buffer | undefined>;
  /** The newest published file of a role, or the one of a version. */
  published(role: string, version?: number): Buffer;
  /** Contents of the downloaded files, oldest first. */
  downloaded(): Promise<readonly string[]>;
}

let server: PlainServer | undefined;
let made = 0;
const folders: string[] = [];

/** For `afterAll`. */
export async function closeStands(): Promise<void> {
  await server?.close();
  server = undefined;
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

export async function stand(repository: PlainRepository = new PlainRepository(NOW), run: Run = inProcess): Promise<Stand> {
  server ??= await startPlainServer();
  made += 1;
  const base = server.add(`repository-${made}`, repository);
  const folder = await mkdtemp(join(tmpdir(), 'countersign-conformance-'));
  folders.push(folder);
  const [metadataDir, targetDir] = [join(folder, 'metadata'), join(folder, 'targets')];
  const metadata = ['--metadata-url', `${base}metadata/`, '--metadata-dir', metadataDir];
  const published = (role: string, version = 0): Buffer => Buffer.from(repository.published.get(role)?.at(version - 1) ?? []);
  const file = async (role: string): Promise<Buffer | undefined> => readFile(join(metadataDir, `${role}.json`)).catch(() => undefined);
  const version = async (role: string): Promise<number | undefined> => {
    const bytes = await file(role);
    return bytes && JSON.parse(bytes.toString()).signed.version;
  };

  return {
    repository,
    metadataDir,
    async init(root = published('root', 1)) {
      const path = join(folder, 'initial_root.json');
      await writeFile(path, root);
      return run(['--metadata-dir', metadataDir, 'init', path], repository.now);
    },
    refresh: (days = 0) => run([...metadata, 'refresh'], repository.now + days * DAY),
    download(paths, days = 0) {
      const names = [paths].flat().flatMap((path) => ['--target-name', path]);
      const args = [...metadata, ...names, '--target-dir', targetDir, '--target-base-url', `${base}targets/`, 'download'];
      return run(args, repository.now + days * DAY);
    },
    async trusted() {
      const names = (await readdir(metadataDir)).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
      return Promise.all(names.sort().map(async (name) => [name, (await version(name)) ?? 0] as const));
    },
    version,
    file,
    published,
    async downloaded() {
      const names = await readdir(targetDir).catch(() => []);
      const files = await Promise.all(
        names.map(async (name) => ({ path: join(targetDir, name), at: (await stat(join(targetDir, name))).mtimeMs })),
      );
      const sorted = files.sort((one, other) => one.at - other.at);
      return Promise.all(sorted.map(async ({ path }) => (await readFile(path)).toString()));
    },
  };
}

/** Stands that are trusted from root v1 on, and refreshed once. */
export async function refreshed(repository?: PlainRepository): Promise<Stand> {
  const here = await stand(repository);
  if ((await here.init()) !== 0 || (await here.refresh()) !== 0) throw new Error('the repository is not accepted');
  return here;
}
