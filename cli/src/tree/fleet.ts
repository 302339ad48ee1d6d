// The commands about one key in many repositories.
import { ADDRESS_OPTIONS, SECRET_OPTIONS } from './options.ts';
import type { GroupSpec, OptionSpec } from './spec.ts';

const KEY: OptionSpec = { flags: '--key <key>', what: 'the key that goes: label, first digits, or the 64 digits of its fingerprint' };
const TO: OptionSpec = { flags: '--to <key>', what: 'a key of this machine, the same for all repositories' };
const INCLUDE_ROOT: OptionSpec = { flags: '--include-root', what: 'change roots that name the key too; without it no root is touched' };
const THRESHOLD: OptionSpec = {
  flags: '--threshold <role=number>',
  what: 'how many must sign this role from now on, wherever it would be left with too few keys; may be repeated',
  repeats: true,
};
const BELOW: OptionSpec = { flags: '--below <prefix>', what: 'only these names: registry.example.com/team' };
const FIRST_USE: OptionSpec = { flags: '--unsafe-first-use', what: 'of names without a pin, believe whatever root the server shows first' };

const CAMPAIGN: readonly OptionSpec[] = [
  INCLUDE_ROOT,
  BELOW,
  { flags: '--dry-run', what: 'show who may sign before and after, and change nothing' },
  { flags: '--yes-count <number>', what: 'how many repositories the plan changes, in place of typing it' },
  { flags: '--report <file>', what: 'a new file for the signed report', takes: 'file' },
  { flags: '--report-key <key>', what: 'a key of this machine that signs the report' },
  FIRST_USE,
  ...ADDRESS_OPTIONS,
  ...SECRET_OPTIONS,
];

export const fleetGroup: GroupSpec = {
  name: 'fleet',
  summary: 'one key, and every repository that trusts it',
  commands: [
    {
      name: 'plan',
      summary: 'where is this key trusted?',
      about:
        'Reads every repository that the trust server lists, and every one that is pinned here, each verified as always. Prints each role ' +
        'that names the key, and with --to or --threshold who may sign afterwards, with another key or with none in its place. What is pinned and not listed, or listed with another root than the pinned one, is told, and the exit ' +
        'status is not 0. A name that is listed and not pinned here is not looked at, and the status is 18 unless --unsafe-first-use is given.',
      arguments: [],
      options: [KEY, TO, THRESHOLD, INCLUDE_ROOT, BELOW, FIRST_USE, ...ADDRESS_OPTIONS],
      examples: [{ line: 'countersign fleet plan --key ci', what: 'changes nothing' }],
      load: async () => (await import('../commands/fleet-plan.ts')).fleetPlan,
    },
    {
      name: 'rotate',
      summary: 'another key in the place of one, in every repository',
      about:
        'One upload for each repository, several at once. The number of repositories is typed once, or given with --yes-count. A ' +
        'journal in the state folder is written before and after each: the same command again goes on after a crash. A repository that is not pinned here is never touched, and the status is then 18 at the end, unless --unsafe-first-use is given.',
      arguments: [],
      options: [KEY, TO, ...CAMPAIGN],
      examples: [
        { line: 'countersign fleet rotate --key ci --to ci-2027 --dry-run', what: 'before and after' },
        { line: 'countersign fleet rotate --key ci --to ci-2027 --yes-count 500 --report done.json', what: 'in a script' },
      ],
      load: async () => (await import('../commands/fleet-rotate.ts')).fleetRotate,
    },
    {
      name: 'revoke',
      summary: 'take a key away, in every repository',
      about:
        'A repository in which a role would be left with too few keys is refused and told, unless --threshold says how many of those who ' +
        'stay must sign it; the others are changed, and their thresholds stay.',
      arguments: [],
      options: [KEY, THRESHOLD, ...CAMPAIGN],
      examples: [
        { line: 'countersign fleet revoke --key 3f9a1c…', what: 'a key that was stolen, by its whole fingerprint' },
        { line: 'countersign fleet revoke --key 3f9a1c… --threshold release=1 --dry-run', what: 'where two of two signed a release' },
      ],
      load: async () => (await import('../commands/fleet-revoke.ts')).fleetRevoke,
    },
    {
      name: 'status',
      summary: 'what was begun, and how far it came',
      about: 'Shows the journals of this machine. With --report, checks the signature of a report and shows what it says.',
      arguments: [],
      options: [{ flags: '--report <file>', what: 'a report to check', takes: 'file' }],
      examples: [{ line: 'countersign fleet status', what: 'every campaign of this machine' }],
      load: async () => (await import('../commands/fleet-status.ts')).fleetStatus,
    },
  ],
};
