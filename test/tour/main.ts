// The tour: one image, from its publisher to its user, and every way to cheat in between.
import { parseArgs } from 'node:util';
import { createScript } from './script.ts';
import { openStage } from './stage.ts';
import { attack, keysAndRevocation, publishAndPull } from './story.ts';

const { values } = parseArgs({ options: { registry: { type: 'string' } } });
const script = createScript((text) => process.stdout.write(text));
const stage = await openStage({ registry: values.registry });
try {
  const cast = await publishAndPull(stage, script);
  await attack(stage, script, cast);
  await keysAndRevocation(stage, script, cast);
} finally {
  await stage.close();
}
process.exitCode = script.close() ? 0 : 1;
