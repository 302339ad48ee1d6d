// The files that are cut: a whole repository, every role held by keys of both kinds, made by the honest publisher.
import {
  type Floor,
  findTarget,
  type KeyRing,
  type RoleKeys,
  type RoleKind,
  type RoleName,
  refresh,
  roleOf,
  type Signer,
  tuf,
} from '@countersign/core';
import {
  answerFrom,
  delegate,
  drive,
  firstFile,
  floorAfter,
  roleName,
  type Simulator,
  simulate,
  withMember,
  withoutHashes,
} from '@countersign/testkit';
import { held, image } from '../attacks/victims/story.ts';
import { ecdsaSigner, ed25519Signer } from './keys.ts';

/** One role's newest file, who may sign it, and a repository in which nothing but signatures and versions speak of it. */
export interface Subject {
  readonly kind: RoleKind;
  readonly name: RoleName;
  readonly path: string;
  readonly file: Uint8Array;
  readonly role: RoleKeys;
  readonly keys: KeyRing;
  readonly signers: readonly Signer[];
  readonly repository: Simulator;
}

export interface Corpus {
  readonly subjects: readonly Subject[];
  /** What somebody remembers who saw the publish before. */
  readonly floor: Floor;
}

/** The name that every search of the fuzzer is for: its way leads through every role. */
export const TARGET = 't-1';

export async function makeCorpus(): Promise<Corpus> {
  const hold = (role: string): readonly Signer[] => [ed25519Signer(`${role} 1`), ecdsaSigner(`${role} 2`), ed25519Signer(`${role} 3`)];
  const names = ['root', 'timestamp', 'snapshot', 'targets', 'releases'] as const;
  const repository = await simulate({ keys: new Map(names.map((role) => [role, [ed25519Signer(`first ${role}`)]])) });
  const topLevel = new Map(['root', 'timestamp', 'snapshot', 'targets'].map((role) => [role, hold(role)]));
  await repository.rotate(topLevel, { threshold: 2 });
  await repository.next('targets', roleName('targets'), {});
  await held(repository, 'releases', hold('releases'), 1);
  await delegate(repository, 'releases', 'team', { paths: ['t-*'], signers: hold('team'), threshold: 2 });
  const entry = tuf.entry(image(TARGET).entry);
  await firstFile(repository, 'team', { bend: withMember(['targets'], new Map([[TARGET, entry]])) });
  await repository.advance();
  const env = repository.env();
  const { result } = drive(refresh(repository.anchor(), undefined, env), answerFrom(repository.served));
  drive(findTarget(result, TARGET, new Map(), env), answerFrom(repository.served));
  const floor = floorAfter(result, env);
  for (const name of ['targets', 'releases', 'team']) await repository.next('targets', roleName(name), {});
  await repository.next('root', roleName('root'), {});
  await repository.advance();
  // Versions alone, so that the first thing that is wrong with a file is the file.
  const bare = repository.fork();
  await bare.snapshot({ bend: withoutHashes });
  await bare.timestamp({ bend: withoutHashes });
  const stated = repository.fork();
  await stated.timestamp({ bend: withoutHashes });
  return {
    floor,
    subjects: [
      subject(repository, 'root', 'root'),
      subject(repository, 'timestamp', 'timestamp'),
      subject(stated, 'snapshot', 'snapshot'),
      subject(bare, 'targets', 'targets'),
      subject(bare, 'targets', 'releases'),
      subject(bare, 'targets', 'team'),
    ],
  };
}

function subject(repository: Simulator, kind: RoleKind, name: string): Subject {
  const sealed = repository.newest.get(roleName(name));
  if (sealed === undefined) throw new Error(`there is no ${name}`);
  const path = tuf.path({ role: sealed.name, version: sealed.version, consistent: true });
  return {
    kind,
    name: sealed.name,
    path,
    file: sealed.bytes,
    ...heldBy(repository, name),
    signers: repository.signersOf(name),
    repository,
  };
}

function heldBy(repository: Simulator, name: string): { readonly role: RoleKeys; readonly keys: KeyRing } {
  const root = repository.current('root', roleName('root'));
  if (name === 'root' || name === 'timestamp' || name === 'snapshot' || name === 'targets') {
    return { role: roleOf(root, name), keys: root.content.keys };
  }
  for (const above of ['targets', 'releases']) {
    const { delegations } = repository.current('targets', roleName(above)).content;
    const role = delegations?.roles.find((delegated) => delegated.name === name);
    if (delegations !== undefined && role !== undefined) return { role, keys: delegations.keys };
  }
  throw new Error(`nobody delegates to ${name}`);
}
