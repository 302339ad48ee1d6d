// What speaks TLS, in a file of its own so that it is loaded with the first https URL.
import * as tls from 'node:tls';

export { connect, createSecureContext } from 'node:tls';

/** The certificate authorities that Node trusts. From Node 22.15 on there is a list that includes NODE_EXTRA_CA_CERTS. */
export function trustedAuthorities(): readonly string[] {
  const list: unknown = Reflect.get(tls, 'getCACertificates');
  const trusted: unknown = typeof list === 'function' ? list('default') : tls.rootCertificates;
  return [trusted].flat().filter((pem) => typeof pem === 'string');
}
