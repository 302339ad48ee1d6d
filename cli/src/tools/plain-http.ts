// Whether a registry speaks http without TLS, so that podman and skopeo can be told. They are told only then, and only where we
// would speak to it ourselves: on loopback, or anywhere with the unsafe option.
import { type HttpClient, isFetchError } from '@countersign/http';
import { registryAuthority } from '@countersign/registry';

export async function speaksPlainHttp(http: HttpClient, host: string): Promise<boolean> {
  const authority = registryAuthority(host);
  const ask = (scheme: string): ReturnType<HttpClient['send']> =>
    http.send({ method: 'GET', url: new URL(`${scheme}://${authority}/v2/`), maxLength: 65_536, redirects: 'refuse' });
  try {
    await ask('https');
    return false;
  } catch (error) {
    if (!isFetchError(error)) throw error;
    // Anything but a failed handshake is an answer over TLS, or no answer at all: the tool will say so in its own words.
    if (error.code !== 'unreachable' || error.details['step'] !== 'tls') return false;
  }
  try {
    await ask('http');
    return true;
  } catch (error) {
    if (isFetchError(error)) return false;
    throw error;
  }
}
