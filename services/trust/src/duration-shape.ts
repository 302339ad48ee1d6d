// A length of time in a setting, as zod reads it.
import { z } from 'zod';
import { readDuration } from './duration.ts';

export const DURATION: z.ZodType<number, string> = z.string().transform((text, context) => {
  const milliseconds = readDuration(text);
  if (milliseconds !== undefined) return milliseconds;
  context.addIssue({ code: 'custom', message: 'wanted a length of time like 90s, 12h or 3d' });
  return z.NEVER;
});
