// `pull`: verifies an image, pulls what was verified, and gives it the name that was asked for.
import { typedImage } from '../names.ts';
import { findTool } from '../tools/find-tool.ts';
import { speaksPlainHttp } from '../tools/plain-http.ts';
import { pullImage } from '../tools/pull-image.ts';
import type { Handler } from '../tree/spec.ts';
import { sayVerdict, verdictFacts } from '../verdict-text.ts';
import { withVerifiedImage } from '../verify-image.ts';

export const pullCommand: Handler = async (call) => {
  const { world, given, output } = call;
  const image = typedImage(given.argument('image'));
  const tool = findTool(world, given, 'to');
  return withVerifiedImage(call, image, async ({ verdict, reference }, trust) => {
    sayVerdict(output, verdict);
    const plainHttp = await speaksPlainHttp(trust.registryHttp, image.host);
    const tag = image.tag === undefined ? undefined : `${image.gun}:${image.tag}`;
    await pullImage(world, tool, { reference, tag, to: given.text('to'), plainHttp });
    output.say(`pulled with ${tool.name}`);
    return {
      facts: { ...verdictFacts(verdict), reference, tool: tool.name, ...(tag === undefined ? {} : { tagged: tag }) },
      text: reference,
    };
  });
};
