// Colours, for terminals whose owner did not ask for none (https://no-color.org). The one file that imports picocolors.
import picocolors from 'picocolors';
import type { Sink, World } from './world.ts';

export interface Paint {
  red(text: string): string;
  green(text: string): string;
  bold(text: string): string;
  dim(text: string): string;
}

export function createPaint(sink: Sink, env: World['env']): Paint {
  const noColor = env['NO_COLOR'];
  const wanted = sink.isTTY && (noColor === undefined || noColor === '') && env['TERM'] !== 'dumb';
  const { red, green, bold, dim } = picocolors.createColors(wanted);
  return { red, green, bold, dim };
}
