// Colours, for terminals whose owner did not ask for none (https://no-color.org). The one file that imports picocolors.
import picocolors from 'picocolors';
import { plainLines } from './plain.ts';
import type { Sink, World } from './world.ts';

export interface Paint {
  /** `text` of several lines, of which some may be foreign, with no other control than the colours of this paint. */
  lines(text: string): string;
  red(text: string): string;
  green(text: string): string;
  bold(text: string): string;
  dim(text: string): string;
}

// What the four functions write, and nothing that moves or hides.
const COLOURS = /(\u001b\[(?:1|2|22|31|32|39)m)/;

export function createPaint(sink: Sink, env: World['env']): Paint {
  const noColor = env['NO_COLOR'];
  const wanted = sink.isTTY && (noColor === undefined || noColor === '') && env['TERM'] !== 'dumb';
  const { red, green, bold, dim } = picocolors.createColors(wanted);
  const lines = (text: string): string =>
    wanted
      ? text
          .split(COLOURS)
          .map((part, at) => (at % 2 === 0 ? plainLines(part) : part))
          .join('')
      : plainLines(text);
  return { lines, red, green, bold, dim };
}
