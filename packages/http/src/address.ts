// How near an IP address is to us. A server that names a nearer address than its own makes us a tool inside our own
// network (SSRF: cloud metadata at 169.254.169.254, admin pages on loopback), so nearness is compared before speaking.
import { BlockList, isIP } from 'node:net';

/** 0 public, 1 private, 2 link-local, 3 loopback: the higher, the nearer. What is not understood is nearest. */
export type Nearness = 0 | 1 | 2 | 3;

const NAMES = ['public', 'private', 'link-local', 'loopback'] as const;

/** The word for a nearness, for messages. */
export const nearnessName = (nearness: Nearness): string => NAMES[nearness];

const LOOPBACK = ['127.0.0.0/8', '0.0.0.0/8']; // Linux connects 0.0.0.0 to loopback
const LINK_LOCAL = ['169.254.0.0/16'];
// RFC 6890: private use, shared address space, protocol assignments, benchmarking, multicast, reserved.
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '192.0.0.0/24', '198.18.0.0/15', '224.0.0.0/3'];

/** A list of IPv4 networks, also where an IPv6 address carries them: NAT64 (RFC 6052) and 6to4 (RFC 3056). */
function networks(ipv4: readonly string[], ipv6: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of ipv4) {
    const [base = '', bits = ''] = network.split('/');
    const [a, b, c, d] = base.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
    list.addSubnet(base, Number(bits), 'ipv4');
    list.addSubnet(`64:ff9b::${base}`, 96 + Number(bits), 'ipv6');
    list.addSubnet(`2002:${a}${b}:${c}${d}::`, 16 + Number(bits), 'ipv6');
  }
  for (const network of ipv6) {
    const [base = '', bits = ''] = network.split('/');
    list.addSubnet(base, Number(bits), 'ipv6');
  }
  return list;
}

const lists: readonly [Nearness, BlockList][] = [
  [3, networks(LOOPBACK, ['::1/128', '::/128'])],
  [2, networks(LINK_LOCAL, ['fe80::/10'])],
  [1, networks(PRIVATE, [])],
];
// Only global unicast is public; every other IPv6 address (fc00::/7, multicast, what is not assigned) counts as private.
const publicIpv6 = networks([], ['2000::/3', '64:ff9b::/96', '::ffff:0.0.0.0/96']);

/** The nearness of an IP address as node:net spells it; an IPv4-mapped IPv6 address is the IPv4 address it carries. */
export function nearness(address: string): Nearness {
  const bare = address.replace(/%.*$/, '');
  const version = isIP(bare);
  if (version === 0) return 3;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  for (const [near, list] of lists) if (list.check(bare, family)) return near;
  return version === 4 || publicIpv6.check(bare, 'ipv6') ? 0 : 1;
}
