// Pushes an image with somebody else's tool, and learns from the tool which digest it pushed. What the registry says afterwards is
// another matter: between the two, somebody else may have pushed.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Digest, FormatError, parseDigest } from '@countersign/core';
import { CommandError } from '../errors.ts';
import type { World } from '../world.ts';
import type { Tool } from './find-tool.ts';
import { runTool } from './run-tool.ts';

export interface Push {
  /** `HOST/REPOSITORY:TAG`. */
  readonly image: string;
  /** For skopeo. */
  readonly from: string | undefined;
  /** The registry speaks http without TLS. */
  readonly plainHttp: boolean;
}

/** The digest that the tool reported. Throws CommandError `tool-failed`, also when it reported none. */
export async function pushImage(world: World, { name, program }: Tool, { image, from, plainHttp }: Push): Promise<Digest> {
  if (name === 'docker') return digestInOutput(await runTool(world, program, ['push', image]), image);
  const folder = await mkdtemp(join(tmpdir(), 'countersign-push-'));
  try {
    const file = join(folder, 'digest');
    if (name === 'podman') {
      await runTool(world, program, ['push', ...(plainHttp ? ['--tls-verify=false'] : []), '--digestfile', file, image]);
    } else {
      const plain = plainHttp ? ['--dest-tls-verify=false'] : [];
      await runTool(world, program, ['copy', '--all', ...plain, '--digestfile', file, from ?? '', `docker://${image}`]);
    }
    return reported((await readFile(file, 'utf8')).trim(), name);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** docker ends with `v1: digest: sha256:… size: 528`. */
function digestInOutput(output: string, image: string): Digest {
  const tag = image.slice(image.lastIndexOf(':') + 1);
  const lines = [...output.matchAll(/^(?<tag>\S+): digest: (?<digest>sha256:[0-9a-f]{64}) size: \d+\s*$/gm)];
  const last = lines.filter((line) => line.groups?.['tag'] === tag).at(-1);
  return reported(last?.groups?.['digest'] ?? '', 'docker');
}

function reported(text: string, tool: string): Digest {
  try {
    return parseDigest(text);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new CommandError('tool-failed', `${tool} pushed, but did not report a digest: nothing was signed`, { cause: error });
  }
}
