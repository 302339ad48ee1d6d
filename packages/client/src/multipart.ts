// An upload: every file of it in one request, so that the server takes all of them or none (RFC 7578).
import { concatBytes, encodeHex, encodeUtf8, type RoleName } from '@countersign/core';

/** `parts` must be named by roles of ours (`parseOwnRoleName`, or top-level), or of Notary: such names need no quoting. */
export function writeMultipart(
  parts: ReadonlyMap<RoleName, Uint8Array>,
  random: (length: number) => Uint8Array,
): { readonly body: Uint8Array; readonly contentType: string } {
  // 128 random bits: no signed file can have been made to hold the boundary.
  const boundary = `countersign-${encodeHex(random(16))}`;
  const pieces: Uint8Array[] = [];
  for (const [role, bytes] of parts) {
    const disposition = `Content-Disposition: form-data; name="files"; filename="${role}.json"`;
    pieces.push(encodeUtf8(`--${boundary}\r\n${disposition}\r\nContent-Type: application/octet-stream\r\n\r\n`), bytes, encodeUtf8('\r\n'));
  }
  pieces.push(encodeUtf8(`--${boundary}--\r\n`));
  return { body: concatBytes(...pieces), contentType: `multipart/form-data; boundary=${boundary}` };
}
