// test_updater_delegation_graphs.py of the official suite.
import { plainKey } from '@countersign/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { closeStands, type Stand, stand } from './stand.ts';

afterAll(closeStands);
const PY = ['*.py'];

interface Edge {
  readonly paths?: readonly string[];
  readonly terminating?: boolean;
}
/** From, to, and how: `targets>A`. */
type Graph = readonly (readonly [edge: string, how?: Edge])[];

function publishGraph({ repository }: Stand, graph: Graph, files: readonly (readonly [role: string, path: string])[] = []): void {
  for (const [edge, how] of graph) {
    const [from = '', to = ''] = edge.split('>');
    repository.delegate(from, to, how);
  }
  for (const [role, path] of files) repository.addArtifact(role, path, `${path} by ${role}`);
  repository.publish(...new Set(['targets', ...graph.map(([edge]) => edge.split('>')[1] ?? '')]), 'snapshot', 'timestamp');
}

const GRAPHS: readonly (readonly [name: string, graph: Graph, visited: string])[] = [
  ['basic-delegation', [['targets>A']], 'A'],
  ['single-level-delegations', [['targets>A'], ['targets>B']], 'AB'],
  ['two-level-delegations', [['targets>A'], ['targets>B'], ['B>C']], 'ABC'],
  ['two-level-test-DFS-order-of-traversal', [['targets>A'], ['targets>B'], ['A>C'], ['A>D']], 'ACDB'],
  ['three-level-delegation-test-DFS-order-of-traversal', [['targets>A'], ['targets>B'], ['A>C'], ['C>D']], 'ACDB'],
  [
    'two-level-terminating-ignores-all-but-roles-descendants',
    [['targets>A'], ['targets>B'], ['A>C', { terminating: true }], ['A>D']],
    'AC',
  ],
  [
    'three-level-terminating-ignores-all-but-roles-descendants',
    [['targets>A'], ['targets>B'], ['A>C', { terminating: true }], ['C>D']],
    'ACD',
  ],
  ['two-level-ignores-all-branches-not-matching-paths', [['targets>A', { paths: PY }], ['targets>B'], ['A>C']], 'B'],
  ['three-level-ignores-all-branches-not-matching-paths', [['targets>A'], ['targets>B'], ['A>C', { paths: PY }], ['C>D']], 'AB'],
  ['cyclic-graph', [['targets>A'], ['targets>B'], ['B>C'], ['C>D'], ['D>B']], 'ABCD'],
  ['two-roles-delegating-to-a-third', [['targets>A'], ['targets>B'], ['B>C'], ['A>C']], 'ACB'],
  ['two-roles-delegating-to-a-third-different-paths', [['targets>A'], ['targets>B'], ['B>C'], ['A>C', { paths: PY }]], 'ABC'],
];

const TREE: Graph = [
  ['targets>A', { paths: ['*.doc', '*.md', 'foo-?.tgz'] }],
  ['targets>B', { paths: ['releases/*/*'] }],
  ['B>C', { paths: ['releases/x/*'] }],
  ['B>D', { paths: ['releases/y/*.zip'] }],
];
const FILES = [
  ['targets', 'targetfile'],
  ['A', 'README.md'],
  ['A', 'releases/README.md'],
  ['A', 'foo-1.tgz'],
  ['A', 'foo-alpha.tgz'],
  ['C', 'releases/x/x_v1'],
  ['D', 'releases/y/y_v1.zip'],
  ['D', 'releases/z/z_v1.zip'],
] as const;

describe('delegation graphs', () => {
  it.each(GRAPHS)('graph_traversal[%s]: asks in the order of appearance, depth first', async (_, graph, visited) => {
    const here = await stand();
    await here.init();
    publishGraph(here, graph);
    expect(await here.download('missingpath')).toBe(1);
    expect(here.repository.requests).toEqual([
      ['root', 2],
      ['timestamp', undefined],
      ['snapshot', 2],
      ['targets', 2],
      ...[...visited].map((role) => [role, 1]),
    ]);
  });

  it.each([
    ['no delegations', 'targetfile', 'targets', ''],
    ['targetpath matches wildcard', 'README.md', 'A', 'A'],
    ['targetpath with separators x', 'releases/x/x_v1', 'C', 'BC'],
    ['targetpath with separators y', 'releases/y/y_v1.zip', 'D', 'BD'],
    ['targetpath is not delegated by all roles in the chain', 'releases/z/z_v1.zip', undefined, 'B'],
    ['wildcard does not match path separator', 'releases/README.md', undefined, ''],
    ['targetpath matches question mark wildcard', 'foo-1.tgz', 'A', 'A'],
    ['targetpath does not match question mark wildcard', 'foo-alpha.tgz', undefined, ''],
    ['targetpath matching is case sensitive', 'README.MD', undefined, ''],
  ])('targetfile_search[%s]', async (_, path, role, visited) => {
    const here = await stand();
    await here.init();
    publishGraph(here, TREE, FILES);
    expect(await here.download(path)).toBe(role === undefined ? 1 : 0);
    expect(await here.downloaded()).toEqual(role === undefined ? [] : [`${path} by ${role}`]);
    expect(here.repository.requests.slice(4)).toEqual([...visited].map((visit) => [visit, 1]));
  });

  it('cached_role_is_verified_against_current_delegator: in one process, and over two', async () => {
    const here = await stand();
    const { repository } = here;
    await here.init();
    for (const team of ['a', 'b']) {
      repository.delegate('targets', `parent-${team}`, { paths: [`team-${team}/*`] });
      const key = repository.delegate(`parent-${team}`, 'release', { paths: [`team-${team}/*`] });
      if (team === 'b') repository.signersOf('release').delete(key.keyid);
    }
    for (const team of ['a', 'b']) repository.addArtifact('release', `team-${team}/trusted_root.json`, `for ${team}`);
    repository.publish('release', 'parent-a', 'parent-b', 'targets', 'snapshot', 'timestamp');
    expect(await here.download(['team-a/trusted_root.json', 'team-b/trusted_root.json'])).toBe(1);
    expect(await here.downloaded()).toEqual(['for a']);
    expect(await here.download('team-b/trusted_root.json')).toBe(1);
    expect(await here.downloaded()).toEqual(['for a']);
  });

  it('delegation_not_in_snapshot: is not asked for', async () => {
    const here = await stand();
    const { repository } = here;
    await here.init();
    repository.delegate('targets', 'delegated', { paths: ['delegatedpath/*'] });
    repository.publish('delegated', 'targets');
    delete repository.snapshot.meta['delegated.json'];
    repository.publish('snapshot', 'timestamp');
    expect(await here.refresh()).toBe(0);
    repository.requests.length = 0;
    expect(await here.download('delegatedpath/foo')).toBe(1);
    expect(await here.version('delegated')).toBeUndefined();
    expect(repository.requests).toEqual([
      ['root', 2],
      ['timestamp', undefined],
    ]);
  });

  it('refuses a delegated role that somebody else signed, and does not go on to the next', async () => {
    const here = await stand();
    const { repository } = here;
    await here.init();
    repository.delegate('targets', 'A');
    repository.delegate('targets', 'B');
    repository.signersOf('A').clear();
    const stranger = plainKey();
    repository.signersOf('A').set(stranger.keyid, stranger);
    repository.addArtifact('B', 'file', 'by B');
    repository.publish('A', 'B', 'targets', 'snapshot', 'timestamp');
    expect(await here.download('file')).toBe(1);
    expect(await here.downloaded()).toEqual([]);
  });
});
