// The names in a server's own certificate: names under which it may be asked, because whoever controls them has vouched for its key.
// A page that points a name of its own here (DNS rebinding) has no such certificate.
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/**
 * Host names and IPv4 addresses of the first certificate in `file`, without wildcards: those stand for names that somebody else may
 * have. Nothing for a file that is none: whoever listens with it will say so.
 */
export async function certificateNames(file: string): Promise<readonly string[]> {
  try {
    const { subjectAltName = '' } = new X509Certificate(await readFile(file));
    // Node writes a name that could be read in two ways in quotes; those are none of ours.
    return subjectAltName.split(', ').flatMap((entry) => /^(?:DNS|IP Address):([a-zA-Z0-9.-]+)$/.exec(entry)?.[1] ?? []);
  } catch (error) {
    // Of the system, or of OpenSSL.
    if (error instanceof Error && 'code' in error) return [];
    throw error;
  }
}
