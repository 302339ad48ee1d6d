// `fleet plan`: where one key is trusted, in all repositories of a server. Changes nothing.
import type { KeyChange } from '@countersign/client';
import { keyFolder } from '@countersign/signers';
import { repositoriesCounted } from '../counted.ts';
import { UsageError } from '../errors.ts';
import { namedFingerprint, namedSuccessor } from '../fleet/named-keys.ts';
import { withFleet } from '../fleet/open-fleet.ts';
import { notSeen, planFacts, planRows, sayAround } from '../fleet/plan-text.ts';
import { surveyFleet } from '../fleet/survey.ts';
import { typedThresholds } from '../fleet/typed-thresholds.ts';
import { foldersOf } from '../folders.ts';
import type { Handler } from '../tree/spec.ts';

export const fleetPlan: Handler = async (call) => {
  const { world, given, output } = call;
  const folders = foldersOf(world, given.text('trust-dir'));
  const words = given.text('key');
  if (words === undefined) throw new UsageError('bad-arguments', '--key: wanted the key that is looked for, got nothing');
  const key = await namedFingerprint(folders, words, []);
  const to = given.text('to');
  const next = to === undefined ? undefined : await namedSuccessor(folders, to, key);
  const root = given.flag('include-root') ? 'include' : 'leave';
  const thresholds = typedThresholds(given, next);
  const change: KeyChange | undefined =
    next !== undefined
      ? { kind: 'replace-key', old: key, next, root }
      : thresholds.size > 0
        ? { kind: 'revoke-key', old: key, root, thresholdsWhereTooFew: thresholds }
        : undefined;
  const here = new Set((await keyFolder(folders.keys).list()).keys.map((entry) => entry.key.fingerprint));
  return withFleet(call, async (fleet) => {
    const survey = await surveyFleet(fleet, { key, change, here }, (text) => output.progress(text));
    const { trusting, free, unpinned, hidden, problems } = survey;
    sayAround(output, survey);
    output.say(`${trusting.length} of ${repositoriesCounted(trusting.length + free.length)} trust it`);
    const facts = { key, to: next?.fingerprint, repositories: trusting.map(planFacts), free: free.length, unpinned, hidden, problems };
    const text = planRows(trusting, { key, next: next?.fingerprint, is: change === undefined ? 'shown' : 'changed' });
    return { facts, text, error: notSeen(survey, facts) };
  });
};
