// How long the certificate of a server is still good. Whether it is the right one is checked by every request; this only reads its end.
import { connect } from 'node:tls';
import type { Instant } from '@countersign/core';
import { counted } from '../counted.ts';
import { bad, type Finding, good, soon, unknown } from './finding.ts';

const DAY = 86_400_000;

export async function checkCertificate(url: URL, now: Instant): Promise<readonly Finding[]> {
  if (url.protocol !== 'https:') return [];
  const until = await endOf(url);
  if (until === undefined) return [unknown('certificate', 'it shows none', 'check the address')];
  const days = Math.floor((until - now) / DAY);
  const remedy = 'renew it: the server reads its files again by itself';
  if (days < 3) return [bad('certificate', `it runs out in ${counted(days, 'day')}`, remedy)];
  return [
    days < 21
      ? soon('certificate', `it runs out in ${counted(days, 'day')}`, remedy)
      : good('certificate', `it is good for ${counted(days, 'day')}`),
  ];
}

function endOf({ hostname, port }: URL): Promise<number | undefined> {
  return new Promise((resolve) => {
    const host = hostname.replace(/^\[|\]$/g, '');
    // One that nobody would believe has an end all the same; nothing is sent over this connection.
    const socket = connect({
      host,
      port: Number(port || 443),
      servername: /[a-z]/i.test(host) && !host.includes(':') ? host : '',
      rejectUnauthorized: false,
    });
    const done = (until?: number): void => {
      socket.destroy();
      resolve(until);
    };
    socket.setTimeout(10_000, () => done());
    socket.on('error', () => done());
    socket.on('secureConnect', () => done(Date.parse(socket.getPeerCertificate().valid_to)));
  });
}
