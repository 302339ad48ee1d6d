// The door of the registry client.
export { type Authorizer, type AuthorizerOptions, createAuthorizer } from './authorize.ts';
export {
  createRegistry,
  type Manifest,
  type ManifestAddress,
  type Registry,
  type RegistryOptions,
  type RepositoryAddress,
} from './client.ts';
export { type Credential, type CredentialSource, noCredentials } from './credentials/credential.ts';
export { type CredentialWorld, findCredentials } from './credentials/find.ts';
export { isRegistryError, type RegistryCode, RegistryError } from './errors.ts';
export { ACCEPT, checkManifest, INDEX_TYPES, MANIFEST_TYPES } from './media-types.ts';
export { PUBLIC_REALMS, type Realms } from './realm.ts';
export { formatReference, type ImageReference, parseReference, registryAuthority, withDefaultTag } from './reference.ts';
