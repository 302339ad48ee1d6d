// What a command works with once everything for one repository is open.
import type { TrustClient, TrustReader } from '@countersign/client';
import type { Dialect, Gun } from '@countersign/core';
import type { HttpClient } from '@countersign/http';
import type { Folders } from '../folders.ts';
import type { Config } from './config.ts';
import type { ServerAddress } from './server-address.ts';

export interface Trust<Client extends TrustReader = TrustClient> {
  readonly gun: Gun;
  readonly dialect: Dialect;
  readonly client: Client;
  /** For the trust server. */
  readonly http: HttpClient;
  readonly registryHttp: HttpClient;
  readonly server: ServerAddress;
  readonly authorization: string | undefined;
  readonly folders: Folders;
  readonly config: Config;
}
