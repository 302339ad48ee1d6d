// `verify`, which starts before every pull: its description comes with the program itself, and so does its code (run.ts).
import { TRUST_OPTIONS } from './options.ts';
import type { CommandSpec } from './spec.ts';

export const verifySpec: CommandSpec = {
  name: 'verify',
  summary: 'is this what its publisher signed? prints what to pull',
  about:
    'IMAGE:TAG asks the registry what the tag points at and compares. IMAGE@DIGEST needs a current signed entry with that digest and ' +
    'asks no registry. IMAGE:TAG@DIGEST needs both. GUN:NAME with --file checks a file. Pull what it prints, not the tag.',
  arguments: [{ name: 'name', what: 'IMAGE[:TAG][@DIGEST], or GUN:NAME', presence: 'required' }],
  options: [
    { flags: '--file <file>', what: 'check this file', takes: 'file' },
    { flags: '--as <gun>', what: 'the name under which the publisher signed, when the image comes from a mirror' },
    ...TRUST_OPTIONS,
  ],
  examples: [
    {
      line: 'ref=$(countersign verify registry.example.com/team/app:v1) && docker pull "$ref"',
      what: 'verify, then pull what was verified',
    },
    { line: 'countersign verify registry.example.com/team/files:tool.tgz --file tool.tgz', what: 'a file' },
  ],
  load: async () => (await import('../commands/verify.ts')).verifyCommand,
};
