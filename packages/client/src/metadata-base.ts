// A server of plain files: the metadata of any TUF repository below one URL.
import type { HttpClient } from '@countersign/http';
import { asFolder } from './as-folder.ts';
import { type MetadataSource, servedFile } from './served-metadata.ts';

/** The files below `base`, whose path should end in `/`. Redirects are refused, and only 404 means that there is none. */
export function metadataBase(base: URL, http: HttpClient): MetadataSource {
  const folder = asFolder(base);
  return {
    async file(_, path, { maxLength, etag }) {
      const headers = etag === undefined ? {} : { 'if-none-match': etag };
      const reply = await http.send({ method: 'GET', url: new URL(path, folder), maxLength, headers, redirects: 'refuse' });
      return servedFile(reply, folder.host, etag);
    },
  };
}
