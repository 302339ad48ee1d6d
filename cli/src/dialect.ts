// Which format a repository has. Whoever asks says so, and nothing that a server answers does: a server that could choose the parser
// would choose the one under whose rules it gets away with most.
import type { DialectName, Policy } from '@countersign/client';
import { matchesRule } from '@countersign/client';
import { type Dialect, notary, tuf } from '@countersign/core';
import { byPrefix, readConfig } from './compose/config.ts';
import { readPolicy } from './compose/policy.ts';
import { UsageError } from './errors.ts';
import { foldersOf } from './folders.ts';
import type { Call } from './tree/spec.ts';
import { variable } from './variables.ts';

export const DIALECTS: Readonly<Record<DialectName, Dialect>> = { tuf, notary };

const isDialectName = (text: string): text is DialectName => Object.hasOwn(DIALECTS, text);

/**
 * What the policy file says of this name, else `--dialect`, COUNTERSIGN_DIALECT, the entry of `servers` in config.json; TUF where
 * nobody says anything. Throws UsageError.
 */
export function dialectOf({ world, given }: Pick<Call, 'world' | 'given'>, name: string): DialectName {
  const { config } = foldersOf(world, given.text('trust-dir'));
  return ruledDialect(readPolicy(world, config), name) ?? saidDialect({ world, given }) ?? mappedDialect(config, name) ?? 'tuf';
}

/** Options and variables never override the policy file. */
function ruledDialect(policy: Policy | undefined, name: string): DialectName | undefined {
  const rule = policy?.rules.find((one) => matchesRule(one, name));
  return rule?.action === 'verify' ? rule.dialect : undefined;
}

function saidDialect({ world, given }: Pick<Call, 'world' | 'given'>): DialectName | undefined {
  const option = given.text('dialect');
  const said = option ?? variable(world, 'COUNTERSIGN_DIALECT');
  if (said === undefined || isDialectName(said)) return said;
  const where = option === undefined ? 'COUNTERSIGN_DIALECT' : '--dialect';
  throw new UsageError('bad-arguments', `${where}: wanted ${Object.keys(DIALECTS).join(' or ')}, got ${said.slice(0, 40)}`);
}

const mappedDialect = (folder: string, name: string): DialectName | undefined => byPrefix(readConfig(folder).servers, name)?.value.dialect;
