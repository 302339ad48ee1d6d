// What the owners of imported repositories have to do, and by when: their roots name the old server's timestamp key, and nobody here can
// sign with that one.
import { ROOT, TIMESTAMP } from '@countersign/core';
import type { Found } from './survey.ts';

/** The sentences and commands that follow an import; empty where every owner has published here already. */
export function ownerSteps(found: readonly Found[], server: URL): readonly string[] {
  const waiting = found.filter(({ there, copied }) => (there?.files.get('root')?.version ?? 0) <= (copied.current.get(ROOT) ?? 0));
  const [first] = waiting;
  if (first === undefined) return [];
  const name = waiting.length === 1 ? quoted(first.gun) : 'GUN';
  const url = server.href.replace(/\/$/, '');
  const until = ({ verdict }: Found): string => verdict.roles.find(({ role }) => role === TIMESTAMP)?.expires ?? 'it has run out';
  return [
    'Their roots name the timestamp key of the old server: they are served as they stand, take no publish, and readers refuse them from then on:',
    ...waiting.map((one) => `  ${one.gun}  ${until(one)}`),
    'Before that, the owner of each names the key of this server, with the keys on their machine:',
    `  countersign key rotate timestamp ${name} --dialect notary --server ${url}`,
    'With notary, only an owner who holds the snapshot key can; where the old server held it, the command above hands both over:',
    `  notary -s ${url} key rotate ${name} timestamp --server-managed`,
  ];
}

/** A name of Notary may hold what a shell gives a meaning to. */
const quoted = (gun: string): string => (/^[\w./:@-]+$/.test(gun) ? gun : `'${gun.replaceAll("'", "'\\''")}'`);
