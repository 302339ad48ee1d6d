import { describe, expect, it } from 'vitest';
import { nearness } from './address.ts';

const table: readonly [number, string, readonly string[]][] = [
  [
    3,
    'loopback',
    ['127.0.0.1', '127.255.0.9', '0.0.0.0', '::1', '::', '::ffff:127.0.0.1', '::ffff:7f00:1', '64:ff9b::7f00:1', '2002:7f00:1::1'],
  ],
  [2, 'link-local', ['169.254.169.254', 'fe80::1', 'fe80::1%eth0', '::ffff:169.254.0.1', '64:ff9b::a9fe:a9fe']],
  [
    1,
    'private',
    [
      '10.1.2.3',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '100.64.0.1',
      '224.0.0.1',
      '255.255.255.255',
      'fd00::2',
      'ff02::1',
      '::ffff:10.0.0.1',
    ],
  ],
  [
    0,
    'public',
    ['8.8.8.8', '172.32.0.1', '100.128.0.1', '223.255.255.255', '2606:4700::1', '::ffff:8.8.8.8', '64:ff9b::808:808', '2002:808:808::1'],
  ],
];

describe('the nearness of an address', () => {
  for (const [near, name, addresses] of table) {
    it(`calls ${name} what is ${name}, however it is spelled`, () => {
      for (const address of addresses) expect([address, nearness(address)]).toEqual([address, near]);
    });
  }

  it('takes what is no address for the nearest of all', () => {
    for (const text of ['', 'localhost', '1.2.3', '0x7f.1', '1.2.3.4.5', ':::']) expect(nearness(text)).toBe(3);
  });
});
