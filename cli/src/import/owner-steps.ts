// What the owner of an imported repository has to do, and by when: its root names the old server's timestamp key, and nobody here can sign
// with that one.
import type { Found } from './survey.ts';

/** The sentences and commands that follow an import; empty where a root of the owner's stands here already. */
export function ownerSteps({ gun, verdict, there, copied }: Found, server: URL): readonly string[] {
  if ((there?.files.get('root')?.version ?? 0) > (copied.current.get('root' as never) ?? 0)) return [];
  const expires = verdict.roles.find(({ role }) => role === 'timestamp')?.expires;
  const url = server.href.replace(/\/$/, '');
  return [
    `${gun}: its root names the old server's timestamp key, so it is served as it stands${expires === undefined ? '' : `, until its timestamp runs out at ${expires}`}, and takes no publish.`,
    `  its owner then runs: notary -s ${url} key rotate ${gun} timestamp --server-managed`,
    '  where the old server held the snapshot key too, the owner first takes it back there, and this import is run once more:',
    `  notary -s OLD-SERVER key rotate ${gun} snapshot`,
  ];
}
