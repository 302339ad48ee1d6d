// A server of plain files: the metadata of any TUF repository below one URL.
import type { HttpClient } from '@countersign/http';
import { asFolder } from './as-folder.ts';
import { serverError } from './problem.ts';
import { type MetadataSource, strongEtag } from './trust-server.ts';

/** The files below `base`, whose path should end in `/`. Redirects are refused, and only 404 means that there is none. */
export function metadataBase(base: URL, http: HttpClient): MetadataSource {
  const folder = asFolder(base);
  return {
    async file(_, path, { maxLength, etag }) {
      const headers = etag === undefined ? {} : { 'if-none-match': etag };
      const reply = await http.send({ method: 'GET', url: new URL(path, folder), maxLength, headers, redirects: 'refuse' });
      if (reply.status === 404) return undefined;
      if (reply.status === 304 && etag !== undefined) return 'not-modified';
      if (reply.status !== 200) throw serverError(folder.host, reply);
      return { bytes: reply.body, etag: strongEtag(reply.headers.get('etag')) };
    },
  };
}
