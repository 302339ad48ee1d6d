// What a connection must satisfy, judged on the address that was really connected. A name that was looked up once for a
// check and again for the connection can change in between (DNS rebinding); a connected socket cannot.
import { type Nearness, nearness, nearnessName } from './address.ts';
import { FetchError } from './errors.ts';
import type { HttpOptions, Referral } from './types.ts';

/** Connections are shared only by requests under the same rule, so that a reused one was checked for it. */
export interface ConnectionRule {
  readonly secure: boolean;
  readonly loopbackOnly: boolean;
  /** The nearest address that may be connected. */
  readonly nearest: Nearness;
}

/** The rule for `url`, which `referral` named if it is given. Throws FetchError for a URL that must not be asked at all. */
export function ruleFor(url: URL, referral: Referral | undefined, plainHttp: HttpOptions['plainHttp']): ConnectionRule {
  const { host, protocol } = url;
  if (protocol !== 'https:' && protocol !== 'http:')
    throw new FetchError('refused-address', `wanted an http or https URL, got ${protocol.slice(0, 20)}`);
  if (url.username !== '' || url.password !== '')
    throw new FetchError('refused-address', `${host}: a URL with user name or password is not asked`);
  const secure = protocol === 'https:';
  if (!secure && referral?.url.protocol === 'https:') {
    throw new FetchError('refused-redirect', `${host}: named by ${referral.url.host} over https, wanted https, got http`);
  }
  return {
    secure,
    loopbackOnly: !secure && plainHttp === 'loopback-only',
    nearest: referral === undefined ? 3 : nearness(referral.address),
  };
}

/** Why `address`, found for `host`, breaks `rule`; `undefined` when it does not. */
export function refuseAddress(host: string, address: string, rule: ConnectionRule): FetchError | undefined {
  const near = nearness(address);
  if (rule.loopbackOnly && near !== 3) {
    return new FetchError('plain-http', `${host}: http without TLS goes only to loopback, and its address is ${address}`);
  }
  if (near > rule.nearest) {
    const text = `${host}: named by a ${nearnessName(rule.nearest)} server, but its address ${address} is ${nearnessName(near)}`;
    return new FetchError('refused-address', text);
  }
  return undefined;
}
