// Who deletes repositories and lets them come back, with a next root signed by the one before: what a server asks of anybody who goes on with
// a name that was deleted.
import { setTimeout as pause } from 'node:timers/promises';
import { draftNextRoot, type Env, expiryAfter, type Instant, newSignature, ROOT, STANDARD_LIMITS, seal, tuf } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import type { Repository, Storm } from './people.ts';

const YEAR = 365 * 86_400_000;
const PATIENCE = 5000;
const crypto = nativeCryptography();
const envOf = (): Env => ({ now: Date.now() as Instant, crypto, limits: STANDARD_LIMITS, dialect: tuf });

/** The newest root of a repository, as its owner knows it. */
type Roots = Map<Repository, Uint8Array>;

/** Deletes one after the other until the storm is over, and leaves all of them standing. */
export async function deleter(storm: Storm, name: string): Promise<void> {
  const deletable = storm.repositories.filter(({ isDeletable }) => isDeletable);
  const roots: Roots = new Map();
  while (!storm.over()) {
    const repository = storm.chance.pick(deletable);
    const root = roots.get(repository) ?? (await rootOf(storm, repository));
    if (root === undefined) continue;
    roots.set(repository, root);
    await remove(storm, repository, name);
    await pause(storm.chance.below(1500));
    await revive(storm, repository, roots, name);
    await pause(storm.chance.below(1000));
  }
  for (const repository of roots.keys()) await revive(storm, repository, roots, name);
}

async function remove(storm: Storm, repository: Repository, actor: string): Promise<void> {
  const start = performance.now();
  const status = await ask(storm, repository, '', { method: 'DELETE' });
  const outcome = status?.status === 200 ? 'accepted' : 'unknown';
  storm.operations.push({ kind: 'deletion', repository: repository.gun, actor, start, end: performance.now(), outcome });
}

/**
 * Until it stands. Each root is one operation, however often it is sent: the bytes are the same, and the server takes them once. A deletion of
 * before may come late, from a server that was stopped: then the root that was taken is not what brings it back, and the next one follows.
 */
async function revive(storm: Storm, repository: Repository, roots: Roots, actor: string): Promise<void> {
  const env = envOf();
  for (;;) {
    const before = roots.get(repository);
    if (before === undefined) throw new Error(`${repository.gun}: no root to go on from`);
    const previous = tuf.parse('root', ROOT, before, env);
    const root = await nextRoot(repository, previous, env);
    const start = performance.now();
    const told = await sendUntilTold(storm, repository, root);
    // An answer to more than one sending, or a look, does not say which of them did it: whether it was done, the records say.
    const outcome = told === 'taken' ? 'accepted' : 'unknown';
    const mark = `root v${previous.content.version + 1}`;
    const write = { kind: 'write', repository: repository.gun, actor, start, end: performance.now(), outcome, mark } as const;
    if (told !== 'stood') storm.operations.push(write);
    if (told !== 'stood') roots.set(repository, root);
    if (told !== 'published') return;
  }
}

/** `stood`: nothing was sent. `stands`: something was. `published`: the server has a root of this version, and the repository is deleted. */
async function sendUntilTold(storm: Storm, repository: Repository, root: Uint8Array): Promise<'taken' | 'stands' | 'stood' | 'published'> {
  for (let sendings = 0; ; ) {
    const standing = await ask(storm, repository, 'timestamp.json', { method: 'GET' });
    if (standing?.status === 200) return sendings === 0 ? 'stood' : 'stands';
    if (standing?.status === 404) {
      const form = new FormData();
      form.append('files', new Blob([Buffer.from(root)]), 'root');
      sendings += 1;
      const answer = await ask(storm, repository, '', { method: 'POST', body: form });
      if (answer?.status === 200 && sendings === 1) return 'taken';
      // And not because two came at once.
      if (answer?.status === 409 && new TextDecoder().decode(answer.body).includes('is published already')) return 'published';
    }
    await pause(50);
  }
}

async function nextRoot({ signer }: Repository, previous: ReturnType<typeof tuf.parse<'root'>>, env: Env): Promise<Uint8Array> {
  const draft = draftNextRoot(previous, {}, expiryAfter(env.now, YEAR), env);
  return seal(draft, [newSignature(signer.key, await signer.sign(draft.message))], env).bytes;
}

async function rootOf(storm: Storm, repository: Repository): Promise<Uint8Array | undefined> {
  const answer = await ask(storm, repository, 'root.json', { method: 'GET' });
  return answer?.status === 200 ? answer.body : undefined;
}

/** Undefined when there was no answer, or none by a server that is up. */
async function ask(storm: Storm, { gun }: Repository, file: string, request: RequestInit) {
  try {
    const url = `${storm.chance.pick(storm.servers)}/v2/${gun}/_trust/metadata/${file}`;
    const answer = await fetch(url, { ...request, signal: AbortSignal.timeout(PATIENCE) });
    return { status: answer.status, body: new Uint8Array(await answer.arrayBuffer()) };
  } catch {
    return undefined;
  }
}
