// `fleet rotate` and `fleet revoke`: survey, confirm, write down, change, write down, report.
import type { KeyChange } from '@countersign/client';
import { formatInstant, type Gun, type PublicKey, shortFingerprint } from '@countersign/core';
import { keyFolder } from '@countersign/signers';
import { UsageError } from '../errors.ts';
import { type Folders, foldersOf } from '../folders.ts';
import { keyCalled, openForSigning } from '../local-keys.ts';
import type { Outcome } from '../output.ts';
import { givenPath } from '../read-file.ts';
import { secretsOf } from '../signing-keys.ts';
import type { Call } from '../tree/spec.ts';
import { writeNewFile } from '../write-file.ts';
import { aloneIn } from './alone.ts';
import { carryOut } from './carry-out.ts';
import { conclude } from './conclude.ts';
import { confirmCount } from './confirm-count.ts';
import { beginJournal, type FoundJournal, type Journal, lastWords, resumeJournal, unfinished } from './journal.ts';
import type { Campaign, JournalHead, Progress } from './journal-lines.ts';
import { namedFingerprint, namedSuccessor } from './named-keys.ts';
import { type Fleet, withFleet } from './open-fleet.ts';
import { openKeysFor } from './open-keys.ts';
import { notSeen, planFacts, planRows, sayAround } from './plan-text.ts';
import { writeReport } from './report.ts';
import { type Survey, surveyFleet, type Trusting } from './survey.ts';
import { thresholdWords, typedThresholds } from './typed-thresholds.ts';

/** What the words of the command say. */
interface Asked {
  readonly kind: 'rotate' | 'revoke';
  readonly change: KeyChange;
  readonly successor: PublicKey | undefined;
}

export async function runCampaign(call: Call, kind: 'rotate' | 'revoke'): Promise<Outcome> {
  const { world, given, output } = call;
  const folders = foldersOf(world, given.text('trust-dir'));
  const asked = await askedChange(call, kind, folders);
  const here = new Set((await keyFolder(folders.keys).list()).keys.map(({ key }) => key.fingerprint));
  const work = async (fleet: Fleet): Promise<Outcome> => {
    const { old } = asked.change;
    const survey = await surveyFleet(fleet, { key: old, change: asked.change, here }, (text) => output.progress(text));
    const able = survey.trusting.filter(({ touched, refused }) => touched.length > 0 && refused === undefined);
    sayAround(output, survey);
    if (given.flag('dry-run')) return dryRun(survey, able, asked);
    const campaign = campaignOf(asked, fleet);
    const before = resumable(able, unfinished(folders.state, campaign));
    const words = before === undefined ? new Map<Gun, never>() : lastWords(before.progress);
    const open = (before?.head.repositories ?? []).filter((gun) => words.has(gun) && words.get(gun)?.last.at !== 'done');
    const guns = [...new Set([...able.map(({ gun }) => gun), ...open])].sort();
    if (guns.length > 0) await confirmCount(call, before === undefined ? [guns.length] : [guns.length, before.head.repositories.length]);
    const secrets = secretsOf(call);
    const successor =
      asked.successor &&
      (await openForSigning(world, await keyCalled(keyFolder(folders.keys), asked.successor.keyid), secrets, 'repository'));
    const reporter = await reporterOf(call, folders, secrets, successor);
    const signers = await openKeysFor(able, { folders, open: successor === undefined ? [] : [successor], secrets, world });
    const journal = await journalFor(folders, campaign, guns, before, formatInstant(world.now()));
    if (before !== undefined) output.say(`going on with ${before.path}`);
    try {
      const begun = new Map<Gun, Progress | undefined>([...words].map(([gun, { begun: first }]) => [gun, first]));
      const trusting = new Map(able.map((found) => [found.gun, found]));
      const progress = (text: string): void => output.progress(text);
      const now = await carryOut(guns, { fleet, journal, change: asked.change, signers, trusting, begun, progress });
      const all = new Map<Gun, Progress>([...words].map(([gun, { last }]) => [gun, last]));
      for (const word of now) all.set(word.gun, word);
      const time = formatInstant(world.now());
      if (now.every(({ at }) => at === 'done')) await journal.write({ at: 'end', time });
      const results = [...all.values()];
      if (reporter !== undefined) {
        const bytes = await writeReport({ head: journal.head, ended: time, words: results, survey }, reporter.signer);
        await writeNewFile(reporter.path, bytes, { mode: 0o644 });
        output.say(`report in ${reporter.path}, signed by ${shortFingerprint(reporter.signer.key.fingerprint)}`);
      }
      return conclude(output, { head: journal.head, journal: journal.path, words: results, survey });
    } finally {
      await journal.close();
    }
  };
  if (given.flag('dry-run')) return withFleet(call, work);
  return withFleet(call, (fleet) => aloneIn(folders.state, world, () => work(fleet)));
}

async function askedChange({ given }: Call, kind: 'rotate' | 'revoke', folders: Folders): Promise<Asked> {
  const words = given.text('key');
  const to = kind === 'rotate' ? given.text('to') : undefined;
  if (words === undefined) throw new UsageError('bad-arguments', '--key: wanted the key that goes, got nothing');
  const old = await namedFingerprint(folders, words, []);
  const root = given.flag('include-root') ? 'include' : 'leave';
  if (kind === 'revoke') {
    const thresholds = typedThresholds(given, undefined);
    return { kind, change: { kind: 'revoke-key', old, root, thresholdsWhereTooFew: thresholds }, successor: undefined };
  }
  if (to === undefined) {
    throw new UsageError('bad-arguments', '--to: wanted the key that comes in its place, got nothing', {
      next: 'countersign key generate --label NAME makes one, and it is the same for all repositories',
    });
  }
  const successor = await namedSuccessor(folders, to, old);
  return { kind, change: { kind: 'replace-key', old, next: successor, root }, successor };
}

const campaignOf = ({ kind, change, successor }: Asked, { server, below }: Fleet): Campaign => ({
  kind,
  key: change.old,
  next: successor?.fingerprint,
  root: change.root,
  thresholds: change.kind === 'revoke-key' ? thresholdWords(change.thresholdsWhereTooFew ?? new Map()) : [],
  server: server.href,
  below,
});

/** A journal speaks for this run when everything that is to be done was confirmed with it. */
function resumable(able: readonly Trusting[], journal: FoundJournal | undefined): FoundJournal | undefined {
  const confirmed = new Set(journal?.head.repositories);
  return able.every(({ gun }) => confirmed.has(gun)) ? journal : undefined;
}

async function journalFor(
  { state }: Folders,
  campaign: Campaign,
  repositories: readonly Gun[],
  before: FoundJournal | undefined,
  started: string,
): Promise<Journal> {
  const head: JournalHead = { ...campaign, started, repositories };
  return before === undefined ? beginJournal(state, head) : resumeJournal(before);
}

type Reporter = { readonly path: string; readonly signer: Awaited<ReturnType<typeof openForSigning>> };

/** Opened before anything is changed: who asks for a report must get one. */
async function reporterOf(
  { world, given }: Call,
  folders: Folders,
  secrets: ReturnType<typeof secretsOf>,
  successor: Reporter['signer'] | undefined,
): Promise<Reporter | undefined> {
  const file = given.text('report');
  if (file === undefined) return undefined;
  const path = givenPath(world, file);
  const named = given.text('report-key');
  const entry = named === undefined ? undefined : await keyCalled(keyFolder(folders.keys), named);
  const signer = entry === undefined ? successor : await openForSigning(world, entry, secrets, 'any');
  if (signer !== undefined) return { path, signer };
  throw new UsageError('bad-arguments', '--report: wanted --report-key beside it: no key comes in the place of the one that goes');
}

function dryRun(survey: Survey, able: readonly Trusting[], { kind, change, successor }: Asked): Outcome {
  const exchange = { key: change.old, next: successor?.fingerprint, is: 'changed' as const };
  const { unpinned, hidden, problems } = survey;
  const facts = {
    kind,
    key: change.old,
    to: successor?.fingerprint,
    count: able.length,
    repositories: survey.trusting.map(planFacts),
    unpinned,
    hidden,
    problems,
  };
  return { facts, text: planRows(survey.trusting, exchange), error: notSeen(survey, facts) };
}
