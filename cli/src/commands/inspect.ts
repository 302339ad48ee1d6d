// `inspect`: who may sign what in a repository, who did, and until when it holds; or the same around one tag.
import type { DelegationFacts, RoleFacts, TrustedRepository } from '@countersign/client';
import {
  entryKind,
  formatInstant,
  formatPin,
  isHex,
  parseDigest,
  revocationPath,
  shortFingerprint,
  type Target,
  TOP_LEVEL_ROLES,
  TrustError,
} from '@countersign/core';
import { withTrust } from '../compose/trust.ts';
import { counted } from '../counted.ts';
import { typedEntry } from '../entry-name.ts';
import { UsageError } from '../errors.ts';
import { deadlinesOf, sayDue } from '../renewals.ts';
import { customFacts, signedCustom } from '../signed-custom.ts';
import { holdersText, pathsText } from '../signer-words.ts';
import { table } from '../table.ts';
import type { Handler } from '../tree/spec.ts';
import { waitingDrafts } from '../waiting-drafts.ts';

export const inspectCommand: Handler = async (call) => {
  const { gun, name: tag, digest } = await typedEntry(call, call.given.argument('name'));
  if (digest !== undefined)
    throw new UsageError('bad-arguments', 'wanted IMAGE:TAG or a repository, got a digest', {
      next: `countersign list ${gun} shows what is signed for which digest`,
    });
  return withTrust(call, gun, 'first-contact', async (trust) => {
    const { client, dialect, server } = trust;
    const repository = await client.refresh(gun);
    const delegations = await repository.delegations();
    const target = tag === undefined ? undefined : await repository.find(tag);
    if (tag !== undefined && target === undefined) throw new TrustError('unsigned', `${gun} has no signed entry for ${tag}`);
    const denied = target === undefined ? undefined : await denialOf(repository, target);
    sayDue(call.output, { gun }, await deadlinesOf(repository), call.world.now());
    const waiting = await waitingDrafts(call.output, trust, repository);
    const facts = {
      gun,
      dialect: dialect.name,
      server: server.url.href,
      identity: repository.identity,
      bound: repository.bound,
      pin: formatPin(repository.pin),
      record: repository.record,
      roles: TOP_LEVEL_ROLES.map((role) => roleFacts(repository.roles[role])),
      delegations: delegations.map(delegationFacts),
      pending: waiting.facts,
      ...(target === undefined ? {} : { entry: { ...targetFacts(target), denied: denied !== undefined } }),
    };
    const lines = [
      ...headLines(repository),
      '',
      rolesTable(repository, delegations),
      ...(target === undefined ? [] : ['', ...targetLines(target)]),
      ...(denied === undefined
        ? []
        : [`  denied by ${denied.signers.map(shortFingerprint).join(', ')} in role ${denied.chain.at(-1)}: verification refuses it`]),
      ...waiting.lines,
    ];
    return { facts, text: lines.join('\n') };
  });
};

/** What denies the digest of an entry, under every name. */
async function denialOf(repository: TrustedRepository, { entry }: Target): Promise<Target | undefined> {
  const hex = entry.hashes.get('sha256');
  return hex === undefined || !isHex(hex, 64) ? undefined : repository.find(revocationPath(parseDigest(`sha256:${hex}`)));
}

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
  const below = delegations.map(({ role, delegator, published, threshold, keys, holders, paths, bins }) => [
    role,
    published === undefined ? '-' : `v${published.version}`,
    `${threshold} of ${keys.length}`,
    bins !== undefined ? `with ${delegator}` : published === undefined ? 'nothing signed yet' : formatInstant(published.expires),
    holdersText(published?.signers ?? [], holders),
    bins === undefined ? pathsText(paths) : `${bins.listed} hash bins`,
  ]);
  return table([['ROLE', 'VERSION', 'KEYS', 'EXPIRES', 'SIGNED BY', 'NAMES'], ...top, ...below]);
}

const targetLines = ({ path, entry, chain, signers }: Target): readonly string[] => [
  `${path}`,
  ...[...entry.hashes].map(([algorithm, hex]) => `  ${algorithm}:${hex}, ${counted(entry.length, 'byte')}, ${entryKind(entry).kind}`),
  `  signed by ${signers.map(shortFingerprint).join(', ')} through ${chain.join(' > ')}`,
  ...customLines(entry),
];

function customLines({ custom }: Target['entry']): readonly string[] {
  const signed = signedCustom(custom);
  return signed === undefined ? [] : [`  signed along: ${JSON.stringify(signed)}`];
}
