// `inspect`: who may sign what in a repository, who did, and until when it holds; or the same around one tag.
import type { DelegationFacts, RoleFacts, TrustedRepository } from '@countersign/client';
import { entryKind, formatInstant, formatPin, shortFingerprint, type Target, TOP_LEVEL_ROLES, TrustError } from '@countersign/core';
import { withTrust } from '../compose/trust.ts';
import { typedEntry } from '../entry-name.ts';
import { deadlinesOf, sayDue } from '../renewals.ts';
import { customFacts, signedCustom } from '../signed-custom.ts';
import { table } from '../table.ts';
import type { Handler } from '../tree/spec.ts';

export const inspectCommand: Handler = async (call) => {
  const { gun, name: tag } = await typedEntry(call, call.given.argument('name'));
  return withTrust(call, gun, 'first-contact', async ({ client, server }) => {
    const repository = await client.refresh(gun);
    const delegations = await repository.delegations();
    const target = tag === undefined ? undefined : await repository.find(tag);
    if (tag !== undefined && target === undefined) throw new TrustError('unsigned', `${gun} has no signed entry for ${tag}`);
    sayDue(call.output, { gun }, await deadlinesOf(repository), call.world.now());
    const facts = {
      gun,
      server: server.url.href,
      identity: repository.identity,
      bound: repository.bound,
      pin: formatPin(repository.pin),
      record: repository.record,
      roles: TOP_LEVEL_ROLES.map((role) => roleFacts(repository.roles[role])),
      delegations: delegations.map(delegationFacts),
      ...(target === undefined ? {} : { entry: targetFacts(target) }),
    };
    const lines = [
      ...headLines(repository),
      '',
      rolesTable(repository, delegations),
      ...(target === undefined ? [] : ['', ...targetLines(target)]),
    ];
    return { facts, text: lines.join('\n') };
  });
};

const fingerprints = (keys: readonly string[]): string => keys.map((key) => key.slice(0, 16)).join(',');
const roleFacts = ({ expires, ...role }: RoleFacts): object => ({ ...role, expires: formatInstant(expires) });

function delegationFacts({ published, ...delegation }: DelegationFacts): object {
  if (published === undefined) return delegation;
  return { ...delegation, published: { ...published, expires: formatInstant(published.expires) } };
}

const targetFacts = ({ path, entry, chain, signers }: Target): object => ({
  name: path,
  length: entry.length,
  hashes: Object.fromEntries(entry.hashes),
  ...entryKind(entry),
  ...customFacts(entry.custom),
  chain,
  signers,
});

const headLines = ({ gun, identity, bound, pin, record }: TrustedRepository): readonly string[] => [
  `repository  ${gun}`,
  `identity    ${identity ?? 'none'}${bound ? '' : ' (not bound)'}`,
  `root pin    ${formatPin(pin)}`,
  `record      ${record === undefined ? 'none' : `${record.seq}, ${record.hash.slice(0, 16)}`}`,
];

function rolesTable({ roles }: TrustedRepository, delegations: readonly DelegationFacts[]): string {
  const top = TOP_LEVEL_ROLES.map((name) => {
    const { version, threshold, keys, signers, expires } = roles[name];
    return [name, `v${version}`, `${threshold} of ${keys.length}`, formatInstant(expires), fingerprints(signers), ''];
  });
  const below = delegations.map(({ role, published, threshold, keys, paths }) => [
    role,
    published === undefined ? '-' : `v${published.version}`,
    `${threshold} of ${keys.length}`,
    published === undefined ? 'nothing signed yet' : formatInstant(published.expires),
    fingerprints(published?.signers ?? []),
    paths.join(' '),
  ]);
  return table([['ROLE', 'VERSION', 'KEYS', 'EXPIRES', 'SIGNED BY', 'NAMES'], ...top, ...below]);
}

const targetLines = ({ path, entry, chain, signers }: Target): readonly string[] => [
  `${path}`,
  ...[...entry.hashes].map(([algorithm, hex]) => `  ${algorithm}:${hex}, ${entry.length} bytes, ${entryKind(entry).kind}`),
  `  signed by ${signers.map(shortFingerprint).join(', ')} through ${chain.join(' > ')}`,
  ...customLines(entry),
];

function customLines({ custom }: Target['entry']): readonly string[] {
  const signed = signedCustom(custom);
  return signed === undefined ? [] : [`  signed along: ${JSON.stringify(signed)}`];
}
