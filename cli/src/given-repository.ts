// `--repo`, where a name that stands first is somebody's and not a repository's.
import type { Gun } from '@countersign/core';
import { UsageError } from './errors.ts';
import { typedGun } from './names.ts';
import type { Call } from './tree/spec.ts';

export function givenRepository(call: Pick<Call, 'given' | 'world'>): Gun {
  const text = call.given.text('repo');
  if (text === undefined) throw new UsageError('bad-arguments', 'wanted --repo with the name of a repository, got nothing');
  return typedGun(text, call);
}
