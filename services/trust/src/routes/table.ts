// All addresses of this server but the reads of stored files and those of Notary, with the right that each method asks for.

import type { Handler, RepositoryHandler } from '../call.ts';
import type { Action } from '../rights.ts';
import { getHealth } from './health.ts';
import { getRecords } from './history.ts';
import { getImport, postImport } from './import.ts';
import { getKey, postKey } from './keys.ts';
import { getMetrics } from './metrics.ts';
import { deletePending, getPending, getPendingList, putPending } from './pending.ts';
import { deleteMetadata, postMetadata } from './publish.ts';
import { getRepositories } from './repositories.ts';
import { getBackup, getFsck } from './whole-store.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** An address of one repository. The first group of `path` is its name, the second what the path names below it. */
export interface RepositoryRoute {
  readonly of: 'repository';
  readonly path: RegExp;
  /** Whose grammar the name has; ours unless said. */
  readonly names?: 'notary';
  /** Found without Express, which would be a twentieth of what a publish costs. */
  readonly direct?: true;
  readonly methods: Readonly<Partial<Record<Method, { readonly action: Action; readonly handler: RepositoryHandler }>>>;
}

/** An address of the server. `known` asks for credentials of any kind, `nobody` for none. */
export interface ServerRoute {
  readonly of: 'server';
  readonly path: RegExp;
  readonly action: Action | 'known' | 'nobody';
  readonly handler: Handler;
}

export const ROUTES: readonly (RepositoryRoute | ServerRoute)[] = [
  { of: 'server', path: /^\/_countersign\/v1\/health$/, action: 'nobody', handler: getHealth },
  { of: 'server', path: /^\/_countersign\/v1\/metrics$/, action: 'admin', handler: getMetrics },
  { of: 'server', path: /^\/_countersign\/v1\/repositories$/, action: 'known', handler: getRepositories },
  { of: 'server', path: /^\/_countersign\/v1\/backup$/, action: 'admin', handler: getBackup },
  { of: 'server', path: /^\/_countersign\/v1\/fsck$/, action: 'admin', handler: getFsck },
  {
    of: 'repository',
    path: /^\/v2\/(.+)\/_trust\/metadata\/$/,
    direct: true,
    methods: { POST: { action: 'push', handler: postMetadata }, DELETE: { action: 'admin', handler: deleteMetadata } },
  },
  {
    of: 'repository',
    path: /^\/v2\/(.+)\/_trust\/metadata\/(snapshot|timestamp)\.key$/,
    methods: { GET: { action: 'pull', handler: getKey }, POST: { action: 'push', handler: postKey } },
  },
  {
    of: 'repository',
    path: /^\/_countersign\/v1\/repositories\/(.+)\/records$/,
    methods: { GET: { action: 'pull', handler: getRecords } },
  },
  {
    of: 'repository',
    path: /^\/_countersign\/v1\/repositories\/(.+)\/import$/,
    names: 'notary',
    methods: { GET: { action: 'admin', handler: getImport }, POST: { action: 'admin', handler: postImport } },
  },
  // The list first: a name may end in `/pending`, while a draft of a role called `pending` would be unreachable, which is less.
  {
    of: 'repository',
    path: /^\/_countersign\/v1\/repositories\/(.+)\/pending$/,
    methods: { GET: { action: 'push', handler: getPendingList } },
  },
  {
    of: 'repository',
    path: /^\/_countersign\/v1\/repositories\/(.+)\/pending\/([a-z0-9][a-z0-9_-]{0,63})$/,
    methods: {
      GET: { action: 'push', handler: getPending },
      PUT: { action: 'push', handler: putPending },
      DELETE: { action: 'push', handler: deletePending },
    },
  },
];
