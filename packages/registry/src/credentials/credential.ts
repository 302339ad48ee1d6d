// What proves who we are to a registry. None of these values ever stands in a message.

/** A password for Basic or for a token realm; an identity token for a realm only; a token for the registry itself. */
export type Credential =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | { readonly kind: 'identity-token'; readonly token: string }
  | { readonly kind: 'registry-token'; readonly token: string };

/** Where credentials come from. It is asked only after a registry has asked for them. */
export interface CredentialSource {
  /** The most specific credential for `host/repository`. Throws RegistryError `bad-credentials` when one cannot be read. */
  credentialFor(host: string, repository: string): Promise<Credential | undefined>;
}

/** For registries that are asked by nobody in particular. */
export const noCredentials: CredentialSource = { credentialFor: () => Promise.resolve(undefined) };
