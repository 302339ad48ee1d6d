// `verify`: is this what its publisher signed? Prints what to pull, which is the one thing that cannot change any more.
import { withReader } from '../compose/trust.ts';
import { hashFile } from '../hash-file.ts';
import { typedFile, typedImage } from '../names.ts';
import type { Outcome } from '../output.ts';
import { givenPath } from '../read-file.ts';
import type { Call, Handler } from '../tree/spec.ts';
import { sayVerdict, verdictFacts } from '../verdict-text.ts';
import { withVerifiedImage } from '../verify-image.ts';

export const verifyCommand: Handler = async (call) => {
  const file = call.given.text('file');
  if (file !== undefined) return verifyFile(call, file);
  const image = typedImage(call.given.argument('name'));
  return withVerifiedImage(call, image, async ({ verdict, reference }) => {
    sayVerdict(call.output, verdict);
    return { facts: { ...verdictFacts(verdict), reference }, text: reference };
  });
};

async function verifyFile(call: Call, file: string): Promise<Outcome> {
  const { world, given, output } = call;
  const { gun, name } = typedFile(given.argument('name'), call);
  const path = givenPath(world, file);
  const facts = await hashFile(path);
  return withReader(call, gun, async ({ client }) => {
    const verdict = await client.verifyFile(gun, name, facts);
    sayVerdict(output, verdict);
    return { facts: { ...verdictFacts(verdict), file: path }, text: path };
  });
}
