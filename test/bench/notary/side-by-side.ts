// Countersign beside the server that it replaces: Debian's notary-server 0.7.0, on this machine and in this run. Both speak TLS with one
// certificate and take turns. Ours is one process that keeps what it is given on disk; the reference keeps it in memory, and has both
// cores of a machine with two. Whoever asks runs on the same cores.
import { missingTools } from '../../lab/tools.ts';
import type { Row } from '../table.ts';
import { publishersAtOnce } from './at-once.ts';
import { publishCpu } from './publish-cpu.ts';
import { reads } from './reads.ts';
import { type Rivals, startRivals } from './rivals.ts';
import { tenThousand } from './ten-thousand.ts';

export async function besideNotaryServer(): Promise<readonly Row[]> {
  const without = missingTools('notary-server', 'notary', 'openssl');
  const own = await tenThousand();
  if (without !== undefined)
    return [{ figure: 'beside notary-server', measured: `skipped: ${without}`, mustReach: '', reached: undefined }, ...own];
  return [...(await withCertificate('P-256')), ...(await withCertificate('RSA-2048')), ...own];
}

async function withCertificate(certificate: Rivals['certificate']): Promise<readonly Row[]> {
  const rivals = await startRivals(certificate);
  try {
    // Reads last: both servers run compiled and warm by then.
    const publishes = await publishCpu(rivals);
    // Who meets whom on one repository is no matter of certificates.
    const crowd = certificate === 'P-256' ? await publishersAtOnce(rivals) : [];
    return [...(await reads(rivals)), ...publishes, ...crowd];
  } finally {
    await rivals.close();
  }
}
