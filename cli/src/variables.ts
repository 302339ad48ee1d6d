// Every environment variable that this program reads. `countersign env` prints this list, and code reads variables only by it.
import type { World } from './world.ts';

export type VariableName =
  | 'COUNTERSIGN_SERVER'
  | 'COUNTERSIGN_DIALECT'
  | 'COUNTERSIGN_TRUST_DIR'
  | 'COUNTERSIGN_PASSPHRASE'
  | 'COUNTERSIGN_PASSPHRASE_FILE'
  | 'COUNTERSIGN_PIN'
  | 'COUNTERSIGN_PIN_FILE'
  | 'COUNTERSIGN_ROOT_PIN'
  | 'COUNTERSIGN_POLICY'
  | 'COUNTERSIGN_TOKEN'
  | 'COUNTERSIGN_STORE'
  | 'COUNTERSIGN_OUTPUT'
  | 'COUNTERSIGN_OFFLINE'
  | 'DOCKER_CONTENT_TRUST_SERVER'
  | 'DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE'
  | 'DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE'
  | 'NOTARY_ROOT_PASSPHRASE'
  | 'NOTARY_TARGETS_PASSPHRASE'
  | 'NOTARY_SNAPSHOT_PASSPHRASE'
  | 'NOTARY_DELEGATION_PASSPHRASE'
  | 'NOTARY_AUTH'
  | 'DOCKER_CONFIG'
  | 'DOCKER_AUTH_CONFIG'
  | 'REGISTRY_AUTH_FILE'
  | 'XDG_CONFIG_HOME'
  | 'XDG_DATA_HOME'
  | 'XDG_STATE_HOME'
  | 'XDG_CACHE_HOME'
  | 'NO_COLOR'
  | 'CI';

export interface VariableSpec {
  readonly what: string;
  /** Its value is never shown. */
  readonly secret?: true;
}

export const VARIABLES: Readonly<Record<VariableName, VariableSpec>> = {
  COUNTERSIGN_SERVER: { what: 'URL of the trust server' },
  COUNTERSIGN_DIALECT: { what: 'tuf or notary: the format of the repository' },
  COUNTERSIGN_TRUST_DIR: { what: 'one folder for configuration, keys, state and cache' },
  COUNTERSIGN_PASSPHRASE: { what: 'passphrase of the keys that are opened', secret: true },
  COUNTERSIGN_PASSPHRASE_FILE: { what: 'file whose first line is that passphrase' },
  COUNTERSIGN_PIN: { what: 'PIN of the token whose key signs; never the passphrase, because a token counts what is wrong', secret: true },
  COUNTERSIGN_PIN_FILE: { what: 'file whose first line is that PIN' },
  COUNTERSIGN_ROOT_PIN: { what: 'root pin of the repository of this command, sha256:HEX@N' },
  COUNTERSIGN_POLICY: { what: 'policy file, in place of policy.json in the configuration folder' },
  COUNTERSIGN_TOKEN: { what: 'token for a trust server that was named, sent to no other host', secret: true },
  COUNTERSIGN_STORE: { what: 'URL of the database of `serve`', secret: true },
  COUNTERSIGN_OUTPUT: { what: 'text or json' },
  COUNTERSIGN_OFFLINE: { what: 'when set, the trust server is not asked' },
  DOCKER_CONTENT_TRUST_SERVER: { what: 'fall-back for COUNTERSIGN_SERVER' },
  DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: { what: 'fall-back for the passphrase of root keys', secret: true },
  DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: { what: 'fall-back for the passphrase of other keys', secret: true },
  NOTARY_ROOT_PASSPHRASE: { what: 'fall-back for the passphrase of root keys', secret: true },
  NOTARY_TARGETS_PASSPHRASE: { what: 'fall-back for the passphrase of other keys', secret: true },
  NOTARY_SNAPSHOT_PASSPHRASE: { what: 'fall-back for the passphrase of snapshot keys on import', secret: true },
  NOTARY_DELEGATION_PASSPHRASE: { what: 'fall-back for the passphrase of other keys', secret: true },
  NOTARY_AUTH: { what: 'user and password for the old server of an import, in base64', secret: true },
  DOCKER_CONFIG: { what: 'folder with registry credentials (config.json) and certificates (tls/HOST/ca.crt)' },
  DOCKER_AUTH_CONFIG: { what: 'registry credentials as JSON', secret: true },
  REGISTRY_AUTH_FILE: { what: 'registry credentials of podman and skopeo' },
  XDG_CONFIG_HOME: { what: 'where the configuration folder is' },
  XDG_DATA_HOME: { what: 'where the key folder is' },
  XDG_STATE_HOME: { what: 'where rollback memory is' },
  XDG_CACHE_HOME: { what: 'where fetched metadata is' },
  NO_COLOR: { what: 'when set, no colours' },
  CI: { what: 'when set, no progress and no questions' },
};

const isVariableName = (name: string): name is VariableName => Object.hasOwn(VARIABLES, name);

/** In the order in which they are shown. */
export const VARIABLE_NAMES: readonly VariableName[] = Object.keys(VARIABLES).filter(isVariableName);

/** The value of a variable; an empty one counts as not set. */
export function variable(world: Pick<World, 'env'>, name: VariableName): string | undefined {
  const value = world.env[name];
  return value === '' ? undefined : value;
}

/** A URL as it may be shown: user name and password were not meant to be in it, and sometimes are. */
export const withoutPassword = (text: string): string => text.replace(/(^|:)\/\/[^/]*@/, '$1//(set)@');
