// `sign`: an image by its tag, or a file by its name.
import { type Digest, fileEntry, isJsonObject, type JsonObject, parseDigest, readJson } from '@countersign/core';
import { withTrust } from '../compose/trust.ts';
import { UsageError } from '../errors.ts';
import { typed } from '../given.ts';
import { hashFile } from '../hash-file.ts';
import { typedFile, typedImage } from '../names.ts';
import type { Outcome, Output } from '../output.ts';
import { canAsk } from '../passphrase.ts';
import { type PublishedEntries, publishEntries, publishedFacts, takePen } from '../publish-entries.ts';
import { givenPath, readGivenFile } from '../read-file.ts';
import { signImage } from '../sign-image.ts';
import { signPending } from '../sign-pending.ts';
import type { Call, Handler } from '../tree/spec.ts';

const LONGEST_CUSTOM = 65_536;

export const signCommand: Handler = async (call) => {
  const { given } = call;
  if (given.flag('pending')) return signPending(call);
  if (given.flag('withdraw')) throw new UsageError('bad-arguments', '--withdraw belongs to --pending, and there is none');
  const custom = await customOf(call);
  const outside = given.text('file') ?? given.text('digest');
  if (outside === undefined && given.text('length') !== undefined) {
    throw new UsageError('bad-arguments', '--length belongs to --digest, and there is none');
  }
  return outside === undefined ? signTag(call, custom) : signFile(call, custom);
};

async function signTag(call: Call, custom: JsonObject | undefined): Promise<Outcome> {
  const { world, given, output } = call;
  const image = typedImage(given.argument('name'));
  const { tag, gun } = image;
  if (tag === undefined)
    throw new UsageError('bad-arguments', 'wanted a tag to sign, got a digest alone', { next: `countersign sign ${gun}:TAG@DIGEST` });
  if (image.digest === undefined && !canAsk(world)) {
    // Between a build and this moment somebody else may have moved the tag.
    throw new UsageError('bad-arguments', 'without a terminal, wanted the digest that the build reported, got a tag alone', {
      next: `countersign sign ${gun}:${tag}@sha256:…, with the digest that the build or the push printed`,
    });
  }
  return withTrust(call, gun, 'first-contact', async (trust) => {
    const signed = await signImage(call, trust, { ...image, tag }, () => takePen(call, trust, { path: tag }), {
      built: image.digest,
      custom,
    });
    const { digest, length, mediaType } = signed;
    const facts = { gun, name: tag, digest, length, mediaType, ...publishedFacts(signed) };
    return { facts, text: told(output, `${gun}:${tag}`, digest, signed) };
  });
}

async function signFile(call: Call, custom: JsonObject | undefined): Promise<Outcome> {
  const { gun, name } = typedFile(call.given.argument('name'), call);
  const facts = await fileFacts(call);
  return withTrust(call, gun, 'first-contact', async (trust) => {
    const signed = await publishEntries(
      call,
      trust,
      await takePen(call, trust, { path: name }),
      new Map([[name, fileEntry(facts, custom)]]),
    );
    return { facts: { gun, name, ...facts, ...publishedFacts(signed) }, text: told(call.output, `${gun}:${name}`, facts.digest, signed) };
  });
}

/** Says what came of it, and answers what to print: nothing for what is not signed by enough. */
function told(output: Output, name: string, digest: Digest, { by, role, waits }: PublishedEntries): string {
  if (waits === undefined) {
    output.say(`signed ${name} by ${by} in role ${role}`);
    return `${name}@${digest}`;
  }
  output.say(`${name} is not signed yet, it waits in role ${role}: ${waits.text}`);
  return '';
}

async function fileFacts({ world, given }: Call): ReturnType<typeof hashFile> {
  const [file, digest] = [given.text('file'), given.text('digest')];
  const length = given.whole('length', 0);
  if (file !== undefined && (digest !== undefined || length !== undefined)) {
    throw new UsageError('bad-arguments', '--file excludes --digest and --length: the file says both');
  }
  if (file !== undefined) return hashFile(givenPath(world, file));
  if (length === undefined) throw new UsageError('bad-arguments', '--digest needs --length beside it');
  return { digest: typed('--digest', () => parseDigest(digest ?? '')), length };
}

async function customOf({ world, given }: Call): Promise<JsonObject | undefined> {
  const file = given.text('custom');
  if (file === undefined) return undefined;
  const bytes = await readGivenFile(world, file, LONGEST_CUSTOM);
  const { value } = typed('--custom', () => readJson(bytes, { maxDepth: 32 }));
  if (!isJsonObject(value)) throw new UsageError('bad-arguments', '--custom: wanted a JSON object');
  if (value.has('countersign')) throw new UsageError('bad-arguments', '--custom: the member countersign is ours to write');
  return value;
}
