// The commands about what this machine believes.
import { COLLECTION, DIALECT, GUN } from './options.ts';
import type { GroupSpec } from './spec.ts';

export const trustGroup: GroupSpec = {
  name: 'trust',
  summary: 'which root this machine believes for which repository',
  commands: [
    {
      name: 'pin',
      summary: 'believe this root from now on',
      about:
        'The pin comes from the publisher, over a channel you trust: their website, a colleague, a configuration you review. It takes the ' +
        'place of a pin of another version, beside what was seen before. The name is taken as it is written; one that an image would be ' +
        'read under another is refused: docker.io/library/alpine in full, or --collection.',
      arguments: [GUN, { name: 'pin', what: 'sha256:HEX@N', presence: 'required' }],
      options: [COLLECTION, DIALECT],
      examples: [{ line: 'countersign trust pin registry.example.com/team/app sha256:…@1', what: 'as countersign init printed it' }],
      load: async () => (await import('../commands/trust-pin.ts')).trustPin,
    },
    {
      name: 'show',
      summary: 'the pins of this machine, and what its policy file says',
      arguments: [{ name: 'gun', what: 'a repository; without it, all', presence: 'optional' }],
      options: [DIALECT],
      examples: [{ line: 'countersign trust show', what: 'every pin, and where it comes from' }],
      load: async () => (await import('../commands/trust-show.ts')).trustShow,
    },
    {
      name: 'forget',
      summary: 'forget the pin and the rollback memory of a repository',
      about: 'The next contact is a first contact again: it needs a pin, and can be shown old versions.',
      arguments: [GUN],
      options: [DIALECT],
      examples: [{ line: 'countersign trust forget registry.example.com/team/app', what: 'asks first' }],
      load: async () => (await import('../commands/trust-forget.ts')).trustForget,
    },
  ],
};
