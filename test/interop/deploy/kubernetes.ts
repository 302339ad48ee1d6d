// Manifests held against what Kubernetes takes: its own types, so that a member nobody knows is refused (an API server would drop it
// without a word), and its schemas, for what types do not say.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { runCommand } from '../../lab/countersign.ts';
import { ours } from './tools.ts';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: unknown;
  readonly data?: Readonly<Record<string, string>>;
}

/** Every manifest in rendered files. Kubernetes reads YAML 1.1: there, 0440 is a mode. */
export const manifestsIn = (files: Readonly<Record<string, string>>): readonly Manifest[] =>
  Object.entries(files)
    .filter(([name]) => name.endsWith('.yaml'))
    .flatMap(([, text]) => parseAllDocuments(text, { version: '1.1', merge: true }))
    .map((document) => {
      if (document.errors.length > 0) throw document.errors[0];
      return document.toJS() as Manifest | null;
    })
    .filter((manifest) => manifest !== null);

/** What is wrong with them, one line each. `folder` holds the packages of Kubernetes' types. */
export async function complaintsOf(manifests: readonly Manifest[], folder: string): Promise<readonly string[]> {
  const modules = manifests.map(({ apiVersion }) =>
    apiVersion.startsWith('monitoring.coreos.com/')
      ? `@kubernetes-models/prometheus-operator/${apiVersion}`
      : `kubernetes-models/${apiVersion}`,
  );
  const lines = manifests.map((manifest, at) => {
    const type = `I${manifest.kind}`;
    return `import type { ${type} as T${at} } from '${modules[at]}';\nexport const m${at}: T${at} = ${JSON.stringify(manifest)};\n`;
  });
  const file = join(folder, 'manifests.ts');
  await writeFile(file, lines.join(''));
  const options = ['--noEmit', '--ignoreConfig', '--strict', '--skipLibCheck', '--module', 'nodenext', '--pretty', 'false', '--types', ''];
  const { exit, stdout } = await runCommand(ours('node_modules/.bin/tsc'), [...options, file]);
  const typed = exit === 0 ? [] : stdout.split('\n').filter((line) => line.includes('error TS'));
  const checked = await Promise.all(manifests.map((manifest, at) => invalid(manifest, modules[at] ?? '', folder)));
  return [...typed, ...checked.filter((text) => text !== undefined)];
}

async function invalid(manifest: Manifest, module: string, folder: string): Promise<string | undefined> {
  const models: Readonly<Record<string, new (data: Manifest) => { validate(): void }>> = await import(
    pathToFileURL(join(folder, 'node_modules', module, 'index.js')).href
  );
  const Model = models[manifest.kind];
  if (Model === undefined) return `${module} knows no ${manifest.kind}`;
  try {
    new Model(manifest).validate();
    return undefined;
  } catch (error) {
    return `${manifest.kind} ${manifest.metadata.name}: ${error instanceof Error ? error.message : error}`;
  }
}
