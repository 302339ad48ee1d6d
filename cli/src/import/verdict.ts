// What a new reader would think of a repository today: from its first root to every delegated role, by the same workflow that the client
// runs, answered from the files that were copied.
import {
  type Anchor,
  CountersignError,
  type Delegations,
  delegatedTargets,
  type Env,
  FormatError,
  formatInstant,
  formatPin,
  type ImportFile,
  isNeed,
  MOST_IMPORTED_ROOTS,
  pinOf,
  ROOT,
  type RoleName,
  type RootPin,
  refresh,
  roleOf,
  SNAPSHOT,
  TARGETS,
  type TargetsTrusted,
  TIMESTAMP,
  type TrustedRoles,
  usableKeys,
  type Verified,
  type Version,
  type Workflow,
} from '@countersign/core';
import { type Copied, hexOf } from './copied.ts';

export interface RoleVerdict {
  readonly role: string;
  readonly version: number | undefined;
  /** When it runs out. */
  readonly expires: string | undefined;
  readonly code?: string;
  /** Why it is not believed today; absent for what is. */
  readonly why?: string;
}

export interface Verdict {
  /** Whether a new reader who has this pin believes all of it today. */
  readonly verifies: boolean;
  /** Of the first root. */
  readonly pin: string;
  /** Fingerprints of the keys that may sign the newest root. */
  readonly rootKeys: readonly string[];
  readonly firstRootKeys: readonly string[];
  readonly roots: number;
  readonly roles: readonly RoleVerdict[];
}

/** Throws FormatError when not even the first root can be read, TrustError where there is none. */
export function verdictOf(copied: Copied, trust: RootPin | undefined, { ...outer }: Env): Verdict {
  const env: Env = { ...outer, limits: { ...outer.limits, rootRotations: MOST_IMPORTED_ROOTS } };
  const roots = copied.files.filter(({ role }) => role === ROOT);
  const [first] = roots;
  const last = roots.at(-1);
  if (first === undefined || last === undefined) throw new FormatError('malformed', `${copied.gun}: it has no root`);
  const [oldest, newest] = [first, last].map(({ bytes }) => env.dialect.parse('root', ROOT, bytes, env));
  if (oldest === undefined || newest === undefined) throw new FormatError('malformed', `${copied.gun}: it has no root`);
  const pin = pinOf(oldest, env.crypto);
  const anchor: Anchor = {
    gun: copied.gun,
    pins: [pin, ...(trust === undefined ? [] : [trust])],
    minimum: {},
    otherwise: 'refuse',
    binding: 'optional',
    wildcards: 'allow',
  };
  const roles = judged(copied, anchor, env);
  const keysOf = (root: typeof newest): readonly string[] => [...usableKeys(roleOf(root, 'root'), root.content.keys, env)];
  return {
    verifies: roles.every(({ why }) => why === undefined),
    pin: formatPin(pin),
    rootKeys: keysOf(newest),
    firstRootKeys: keysOf(oldest),
    roots: roots.length,
    roles,
  };
}

function judged(copied: Copied, anchor: Anchor, env: Env): readonly RoleVerdict[] {
  const files = filesByPath(copied.files, copied.current.get(TIMESTAMP));
  let asked: RoleName = ROOT;
  const drive = <Result>(steps: Workflow<Result>): Result => {
    let answer: Uint8Array | undefined;
    for (;;) {
      const step = steps.next(answer);
      if (step.done) return step.value;
      answer = undefined;
      if (!isNeed(step.value)) continue;
      asked = step.value.role;
      if (step.value.from === 'server') answer = files.get(step.value.path);
    }
  };
  const factsOf = (role: RoleName, problem?: CountersignError): RoleVerdict => {
    const file = copied.files.find((one) => one.role === role && one.version === copied.current.get(role));
    const version = copied.current.get(role);
    return {
      role,
      version,
      expires: expiryOf(role, file, env),
      ...(problem === undefined ? {} : { code: problem.code, why: problem.message }),
    };
  };
  let stage: TargetsTrusted;
  try {
    stage = drive(refresh(anchor, undefined, env));
  } catch (error) {
    if (!(error instanceof CountersignError)) throw error;
    const order = [ROOT, TIMESTAMP, SNAPSHOT, TARGETS];
    // What comes behind the one that does not hold was not looked at.
    return order.slice(0, order.indexOf(asked) + 1).map((role) => factsOf(role, role === asked ? error : undefined));
  }
  const verdicts = [ROOT, TIMESTAMP, SNAPSHOT, TARGETS].map((role) => factsOf(role));
  const trusted: TrustedRoles = new Map();
  const waiting: Verified<'targets'>[] = [stage.targets];
  for (let delegator = waiting.shift(); delegator !== undefined; delegator = waiting.shift()) {
    const { roles }: Pick<Delegations, 'roles'> = delegator.content.delegations ?? { roles: [] };
    for (const role of roles) {
      try {
        const found = drive(delegatedTargets(stage, delegator, role, trusted, env));
        if (found === undefined) continue;
        waiting.push(found);
        verdicts.push(factsOf(role.name));
      } catch (error) {
        if (!(error instanceof CountersignError)) throw error;
        verdicts.push(factsOf(role.name, error));
      }
    }
  }
  return verdicts;
}

function filesByPath(files: readonly ImportFile[], timestamp: Version | undefined): ReadonlyMap<string, Uint8Array> {
  const paths = new Map<string, Uint8Array>();
  for (const { role, version, bytes } of files) {
    if (role === ROOT) paths.set(`${version}.root.json`, bytes);
    else if (role === TIMESTAMP) {
      if (version === timestamp) paths.set('timestamp.json', bytes);
    } else paths.set(`${role}.${hexOf(bytes)}.json`, bytes);
  }
  return paths;
}

function expiryOf(role: RoleName, file: ImportFile | undefined, env: Env): string | undefined {
  if (file === undefined) return undefined;
  const kind = role === ROOT ? 'root' : role === TIMESTAMP ? 'timestamp' : role === SNAPSHOT ? 'snapshot' : 'targets';
  try {
    return formatInstant(env.dialect.parse(kind, role, file.bytes, env).content.expires);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
