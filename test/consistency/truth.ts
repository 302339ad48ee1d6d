// What a server tells of a repository when all is over: each record, with what stood under it and what it published.
import type { Gun } from '@countersign/core';
import { readRecord, recordHash } from '@countersign/store';
import type { Told } from './history.ts';

/** `marks` of a record: `TAG=LENGTH` for each entry that is new in it, and `root vN` for a new root. */
export async function truthOf(server: string, gun: Gun): Promise<readonly Told[]> {
  const told: Told[] = [];
  let entries = new Map<string, number>();
  let releases = 0;
  for (;;) {
    const page = await recordsAfter(server, gun, told.length);
    if (page.length === 0) return told;
    for (const bytes of page) {
      const record = readRecord(bytes);
      const versions = new Map<string, number>();
      const marks: string[] = [];
      for (const role of ['root', 'snapshot', 'targets'] as const) {
        const file = record[role];
        if (file !== undefined) versions.set(role, file.version);
      }
      if (record.root !== undefined && record.changed.some((role) => role === 'root')) marks.push(`root v${record.root.version}`);
      const snapshot = record.snapshot && (await metadata(server, gun, `${record.snapshot.version}.snapshot`));
      const version: number = snapshot?.signed.meta['releases.json']?.version ?? releases;
      versions.set('releases', version);
      if (version !== releases) {
        const next = entriesOf(await metadata(server, gun, `${version}.releases`));
        for (const [tag, length] of next) if (entries.get(tag) !== length) marks.push(`${tag}=${length}`);
        entries = next;
        releases = version;
      }
      const prev = record.seq === 1 ? '' : record.prev;
      told.push({ seq: record.seq, hash: recordHash(bytes), prev, versions, marks, deletes: record.kind === 'delete' });
    }
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what is read here was verified by readers all along; this looks at it as it stands.
async function metadata(server: string, gun: Gun, file: string): Promise<any> {
  const answer = await fetch(`${server}/v2/${gun}/_trust/metadata/${file}.json`);
  if (answer.status !== 200) throw new Error(`${gun} ${file}: ${answer.status} ${await answer.text()}`);
  return await answer.json();
}

function entriesOf(file: { readonly signed: { readonly targets: Readonly<Record<string, { readonly length: number }>> } }) {
  return new Map(Object.entries(file.signed.targets).map(([tag, { length }]) => [tag, length]));
}

async function recordsAfter(server: string, gun: Gun, seq: number): Promise<readonly Uint8Array[]> {
  const answer = await fetch(`${server}/_countersign/v1/repositories/${gun}/records?after=${seq}&limit=1000`);
  if (answer.status !== 200) throw new Error(`${gun}: ${answer.status} ${await answer.text()}`);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '');
  return lines.map((line) => new TextEncoder().encode(line));
}
