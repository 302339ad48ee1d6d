// The program under its second name, `docker countersign …`: docker asks every plugin what it is, and passes the plugin's own
// name as first word.
import { VERSION } from './version.ts';
import type { World } from './world.ts';

/** The answer to docker's question, if that is what was asked. */
export function dockerPluginMetadata(argv: readonly string[]): string | undefined {
  if (argv[0] !== 'docker-cli-plugin-metadata') return undefined;
  const ShortDescription = 'Sign on push, verify before pull';
  return `${JSON.stringify({ SchemaVersion: '0.1.0', Vendor: 'Countersign', Version: VERSION, ShortDescription })}\n`;
}

/** The words without the plugin's own name, which only docker puts there. */
export function withoutPluginName(argv: readonly string[], env: World['env']): readonly string[] {
  const fromDocker = env['DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND'] !== undefined;
  return fromDocker && argv[0] === 'countersign' ? argv.slice(1) : argv;
}
