// Lists: the tags of a repository (end-8) and the manifests that refer to another one (end-12).
import { type Answer, type Call, json, Refusal } from './answer.ts';
import { algorithmOf, existing, type Repositories } from './content.ts';
import { descriptorIn, readManifest } from './manifests.ts';

export function answerTags(all: Repositories, name: string, call: Call): Answer {
  if (call.method !== 'GET' && call.method !== 'HEAD') throw new Refusal(405, 'UNSUPPORTED', 'the operation is unsupported');
  const query = call.url.searchParams;
  const last = query.get('last') ?? '';
  const after = [...existing(all, name).tags.keys()].sort().filter((tag) => tag > last);
  const count = query.get('n') === null ? after.length : Number(query.get('n'));
  const tags = after.slice(0, count);
  const more = tags.length > 0 && tags.length < after.length;
  const link = `</v2/${name}/tags/list?n=${count}&last=${encodeURIComponent(tags.at(-1) ?? '')}>; rel="next"`;
  return json(200, { name, tags }, more ? { link } : {});
}

export function answerReferrers(all: Repositories, name: string, digest: string, call: Call): Answer {
  if (call.method !== 'GET' && call.method !== 'HEAD') throw new Refusal(405, 'UNSUPPORTED', 'the operation is unsupported');
  algorithmOf(digest);
  const wanted = call.url.searchParams.get('artifactType');
  const manifests: Readonly<Record<string, unknown>>[] = [];
  for (const [own, { bytes, mediaType }] of all.get(name)?.manifests ?? []) {
    const manifest = readManifest(bytes);
    const { subject, config, artifactType = descriptorIn(config)?.mediaType, annotations } = manifest;
    if (descriptorIn(subject)?.digest !== digest) continue;
    if (wanted === null || artifactType === wanted)
      manifests.push({ mediaType, digest: own, size: bytes.length, artifactType, annotations });
  }
  const headers = {
    'content-type': 'application/vnd.oci.image.index.v1+json',
    ...(wanted === null ? {} : { 'oci-filters-applied': 'artifactType' }),
  };
  return json(200, { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests }, headers);
}
