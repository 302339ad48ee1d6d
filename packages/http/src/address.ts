// How near an IP address is to us. A server that names a nearer address than its own makes us a tool inside our own
// network (SSRF: cloud metadata at 169.254.169.254, admin pages on loopback), so nearness is compared before speaking.
import { BlockList, isIP } from 'node:net';

/** 0 public, 1 private, 2 link-local, 3 loopback: the higher, the nearer. What is not understood is nearest. */
export type Nearness = 0 | 1 | 2 | 3;

const NAMES = ['public', 'private', 'link-local', 'loopback'] as const;

/** The word for a nearness, for messages. */
export const nearnessName = (nearness: Nearness): string => NAMES[nearness];

interface Network {
  readonly base: string;
  readonly bits: number;
}

const network = (text: string): Network => {
  const [base = '', bits = ''] = text.split('/');
  return { base, bits: Number(bits) };
};

const LOOPBACK = ['127.0.0.0/8', '0.0.0.0/8'].map(network); // Linux connects 0.0.0.0 to loopback
const LINK_LOCAL = ['169.254.0.0/16'].map(network);
// RFC 6890: private use, shared address space, protocol assignments, benchmarking, multicast, reserved.
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '192.0.0.0/24', '198.18.0.0/15', '224.0.0.0/3'].map(
  network,
);

const IPV4: readonly (readonly [Nearness, readonly Network[]])[] = [
  [3, LOOPBACK],
  [2, LINK_LOCAL],
  [1, PRIVATE],
];

const numberOf = (ipv4: string): number => ipv4.split('.').reduce((number, part) => number * 256 + Number(part), 0);

/** Whether the first bits of both are the same. Division, because shifts are for 32 signed bits. */
const holds = ({ base, bits }: Network, address: number): boolean =>
  Math.floor(address / 2 ** (32 - bits)) === Math.floor(numberOf(base) / 2 ** (32 - bits));

function nearnessOfIpv4(address: string): Nearness {
  const number = numberOf(address);
  return IPV4.find(([, networks]) => networks.some((one) => holds(one, number)))?.[0] ?? 0;
}

/** IPv6 networks, and those of IPv4 where an IPv6 address carries them: mapped (RFC 4291), NAT64 (RFC 6052) and 6to4 (RFC 3056). */
function ipv6List(ipv4: readonly Network[], ipv6: readonly string[]): BlockList {
  const list = new BlockList();
  for (const { base, bits } of ipv4) {
    const [a, b, c, d] = base.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
    list.addSubnet(`::ffff:${base}`, 96 + bits, 'ipv6');
    list.addSubnet(`64:ff9b::${base}`, 96 + bits, 'ipv6');
    list.addSubnet(`2002:${a}${b}:${c}${d}::`, 16 + bits, 'ipv6');
  }
  for (const { base, bits } of ipv6.map(network)) list.addSubnet(base, bits, 'ipv6');
  return list;
}

interface Ipv6Lists {
  readonly near: readonly (readonly [Nearness, BlockList])[];
  readonly publics: BlockList;
}

let made: Ipv6Lists | undefined;

/** Made when the first IPv6 address comes: the lists take milliseconds, which most runs of a command line need not pay. */
function ipv6Lists(): Ipv6Lists {
  made ??= {
    near: [
      [3, ipv6List(LOOPBACK, ['::1/128', '::/128'])],
      [2, ipv6List(LINK_LOCAL, ['fe80::/10'])],
      [1, ipv6List(PRIVATE, [])],
    ],
    // Only global unicast is public; every other IPv6 address (fc00::/7, multicast, what is not assigned) counts as private.
    publics: ipv6List([], ['2000::/3', '64:ff9b::/96', '::ffff:0.0.0.0/96']),
  };
  return made;
}

function nearnessOfIpv6(address: string): Nearness {
  const { near, publics } = ipv6Lists();
  const found = near.find(([, list]) => list.check(address, 'ipv6'));
  return found?.[0] ?? (publics.check(address, 'ipv6') ? 0 : 1);
}

/** The nearness of an IP address as node:net spells it; an IPv4-mapped IPv6 address is the IPv4 address it carries. */
export function nearness(address: string): Nearness {
  const bare = address.replace(/%.*$/, '');
  const version = isIP(bare);
  if (version === 0) return 3;
  return version === 4 ? nearnessOfIpv4(bare) : nearnessOfIpv6(bare);
}
