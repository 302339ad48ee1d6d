// test_quoting_issues.py of the official suite.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { closeStands, stand } from './stand.ts';

afterAll(closeStands);

describe('quoting', () => {
  it.each([['?'], ['#'], ['/delegatedrole'], ['../delegatedrole']])('unusual_role_name[%s]: is quoted whole', async (role) => {
    const here = await stand();
    here.repository.delegate('targets', role);
    here.repository.publish(role, 'targets', 'snapshot', 'timestamp');
    await here.init();
    expect(await here.download('nonexistent target')).toBe(1);
    expect(here.repository.requests.slice(4)).toEqual([[encodeURIComponent(role), 1]]);
    expect(await here.trusted()).toHaveLength(5);
    expect((await readdir(join(here.metadataDir, '..'))).sort()).toEqual(['initial_root.json', 'metadata']);
  });
});
