// `push`: pushes an image, then signs what was pushed. Nothing is signed that the tool did not report.
import { withTrust } from '../compose/trust.ts';
import { UsageError } from '../errors.ts';
import { typedImage } from '../names.ts';
import { publishedFacts, takePen } from '../publish-entries.ts';
import { signImage } from '../sign-image.ts';
import { findTool } from '../tools/find-tool.ts';
import { speaksPlainHttp } from '../tools/plain-http.ts';
import { pushImage } from '../tools/push-image.ts';
import type { Handler } from '../tree/spec.ts';

export const pushCommand: Handler = async (call) => {
  const { world, given, output } = call;
  const image = typedImage(given.argument('image'));
  const { gun, tag, digest } = image;
  if (tag === undefined || digest !== undefined)
    throw new UsageError('bad-arguments', 'wanted IMAGE:TAG, got a digest: a push makes its own');
  const tool = findTool(world, given, 'from');
  return withTrust(call, gun, 'first-contact', async (trust) => {
    // Whatever would keep us from signing is found out before anything is pushed: an image that was pushed and not signed is
    // what `push` exists to prevent.
    const pen = await takePen(call, trust, { path: tag });
    const plainHttp = await speaksPlainHttp(trust.registryHttp, image.host);
    const pushed = await pushImage(world, tool, { image: `${gun}:${tag}`, from: given.text('from'), plainHttp });
    const signed = await signImage(call, trust, { ...image, tag }, async () => pen, { built: pushed, custom: undefined });
    output.say(
      `pushed with ${tool.name}${signed.waits === undefined ? ` and signed ${gun}:${tag}` : `; ${gun}:${tag} is not signed yet: ${signed.waits.text}`}`,
    );
    const { length, mediaType } = signed;
    return {
      facts: { gun, name: tag, digest: pushed, length, mediaType, tool: tool.name, ...publishedFacts(signed) },
      text: `${gun}:${tag}@${pushed}`,
    };
  });
};
