// Uploading: a blob in two requests, a manifest in one. OCI distribution-spec 1.1, "push".
import type { Digest } from '@countersign/core';
import type { Purpose } from './authorize.ts';
import { RegistryError, statusError } from './errors.ts';
import type { Session } from './session.ts';

const LONGEST_REPLY = 65_536;

/** Uploads `bytes` unless the registry has them. The upload's Location may be anywhere; credentials do not follow it there. */
export async function putBlob(session: Session, purpose: Purpose, bytes: Uint8Array, digest: Digest): Promise<Digest> {
  const { host, repository } = purpose;
  const what = `${host}/${repository}`;
  const blobs = `/v2/${repository}/blobs`;
  const there = await session({ purpose, method: 'HEAD', where: `${blobs}/${digest}`, maxLength: LONGEST_REPLY });
  if (there.status === 200) return digest;
  if (there.status !== 404) throw statusError(what, there);
  const begun = await session({ purpose, method: 'POST', where: `${blobs}/uploads/`, maxLength: LONGEST_REPLY });
  if (begun.status !== 202) throw statusError(what, begun);
  const location = begun.headers.get('location');
  if (location === undefined || !URL.canParse(location, begun.url.href))
    throw new RegistryError('bad-reply', `${what}: wanted a place to upload to, got none`);
  const url = new URL(location, begun.url);
  url.searchParams.append('digest', digest);
  const where = { url, referral: { url: begun.url, address: begun.address } };
  const headers = { 'content-type': 'application/octet-stream' };
  const done = await session({ purpose, method: 'PUT', where, headers, body: bytes, maxLength: LONGEST_REPLY });
  if (done.status !== 201) throw statusError(what, done);
  return digest;
}

/** Uploads a manifest under `reference`. */
export async function putManifest(
  session: Session,
  purpose: Purpose,
  reference: string,
  { bytes, mediaType }: { readonly bytes: Uint8Array; readonly mediaType: string },
): Promise<void> {
  const where = `/v2/${purpose.repository}/manifests/${reference}`;
  const reply = await session({
    purpose,
    method: 'PUT',
    where,
    headers: { 'content-type': mediaType },
    body: bytes,
    maxLength: LONGEST_REPLY,
  });
  if (reply.status !== 201) throw statusError(`${purpose.host}/${purpose.repository}`, reply);
}
