// `trust show`: the pins of this machine and what the policy file says beside them.
import { type DialectName, type PolicyRule, pinnedText, policyRule, type VerifyRule } from '@countersign/client';
import { pinText, TrustError } from '@countersign/core';
import { pinStore } from '../compose/pins.ts';
import { readPolicy } from '../compose/policy.ts';
import { dialectOf } from '../dialect.ts';
import { foldersOf } from '../folders.ts';
import { otherReading, typedGun } from '../names.ts';
import { table } from '../table.ts';
import type { Handler } from '../tree/spec.ts';

export const trustShow: Handler = async (call) => {
  const { world, given, output } = call;
  const folders = foldersOf(world, given.text('trust-dir'));
  const store = pinStore(folders, 'tuf');
  const policy = readPolicy(world, folders.config);
  const name = given.optionalArgument('gun');
  const gun = name === undefined ? undefined : typedGun(name, call);
  const dialect = gun === undefined ? 'tuf' : dialectOf(call, gun);
  const all = await store.list();
  const pins = all
    .filter((one) => gun === undefined || one.gun === gun)
    .map((one) => ({ gun: one.gun, dialect: one.dialect, pin: pinnedText(one.pinned), from: 'trust pin' }));
  const rules = gun === undefined ? (policy?.rules ?? []) : [];
  if (gun !== undefined && policy !== undefined) {
    for (const pin of ruleOrRefusal(policy, gun)) pins.push({ gun, dialect, pin, from: 'policy file' });
  }
  if (pins.length === 0 && rules.length === 0)
    output.say(gun === undefined ? `no pins in ${folders.pins}` : `no pin for ${gun}${otherReading(gun)}`);
  const facts = { pins, folder: folders.pins, policy: policy !== undefined, rules: rules.map(ruleFacts), state: folders.state };
  const rows = [
    ...pins.map((one) => [one.gun, one.pin, one.from, shown(one.dialect)]),
    ...rules.flatMap((rule) =>
      ruleLines(rule).map((line) => [rule.match, line, 'policy file', rule.action === 'verify' ? shown(rule.dialect) : '']),
    ),
  ];
  return { facts, text: table(rows) };
};

/** TUF goes without saying. */
const shown = (dialect: DialectName | undefined): string => (dialect === undefined || dialect === 'tuf' ? '' : dialect);

/** What one rule asks for, a line for each. */
function ruleLines(rule: PolicyRule): readonly string[] {
  if (rule.action === 'refuse') return ['refused'];
  const minimum = minimumText(rule.minimum);
  const lines = [...rule.pins.map(pinText), ...(minimum === '' ? [] : [minimum])];
  return lines.length === 0 ? ['verified, without a pin of its own'] : lines;
}

const ruleFacts = (rule: PolicyRule): object => ({ match: rule.match, action: rule.action, says: ruleLines(rule) });

const minimumText = ({ root, snapshot }: VerifyRule['minimum']): string =>
  [...(root === undefined ? [] : [`root>=${root}`]), ...(snapshot === undefined ? [] : [`snapshot>=${snapshot}`])].join(' ');

function ruleOrRefusal(policy: Parameters<typeof policyRule>[0], gun: Parameters<typeof policyRule>[1]): readonly string[] {
  let rule: VerifyRule;
  try {
    rule = policyRule(policy, gun);
  } catch (error) {
    if (error instanceof TrustError && error.code === 'policy') return [`refused: ${error.message}`];
    throw error;
  }
  return ruleLines(rule);
}
