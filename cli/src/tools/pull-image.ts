// Pulls a verified image by digest with somebody else's tool, and names it as it was asked for.
import type { World } from '../world.ts';
import type { Tool } from './find-tool.ts';
import { runTool } from './run-tool.ts';

export interface Pull {
  /** `HOST/REPOSITORY@sha256:HEX`. */
  readonly reference: string;
  /** `HOST/REPOSITORY:TAG` to give it afterwards, where a tag was asked for. */
  readonly tag: string | undefined;
  /** For skopeo. */
  readonly to: string | undefined;
  /** The registry speaks http without TLS. */
  readonly plainHttp: boolean;
}

/** Throws CommandError `tool-failed`. The tool hashes what it pulls by digest: it cannot be given anything else. */
export async function pullImage(world: World, { name, program }: Tool, { reference, tag, to, plainHttp }: Pull): Promise<void> {
  if (name === 'skopeo') {
    const plain = plainHttp ? ['--src-tls-verify=false'] : [];
    await runTool(world, program, ['copy', '--all', ...plain, `docker://${reference}`, to ?? '']);
    return;
  }
  const plain = name === 'podman' && plainHttp ? ['--tls-verify=false'] : [];
  await runTool(world, program, ['pull', ...plain, reference]);
  if (tag !== undefined) await runTool(world, program, ['tag', reference, tag]);
}
