// test_file_download.py of the official suite.
import { afterAll, describe, expect, it } from 'vitest';
import { closeStands, type Stand, stand } from './stand.ts';

afterAll(closeStands);
const publish = ({ repository }: Stand): void => repository.publish('targets', 'snapshot', 'timestamp');

describe('file download', () => {
  it('client_downloads_expected_file: and nothing before it is asked for', async () => {
    const here = await stand();
    await here.init();
    here.repository.addArtifact('targets', 'target_file.txt', 'target file contents');
    publish(here);
    expect(await here.refresh()).toBe(0);
    expect(await here.downloaded()).toEqual([]);
    expect(await here.download('target_file.txt')).toBe(0);
    expect(await here.downloaded()).toEqual(['target file contents']);
  });

  it('client_downloads_expected_file_in_sub_dir: by its whole path', async () => {
    const here = await stand();
    await here.init();
    here.repository.addArtifact('targets', 'path/to/a/target_file.txt', 'target file contents');
    publish(here);
    expect(await here.download('path/to/a/target_file.txt')).toBe(0);
    expect(await here.downloaded()).toEqual(['target file contents']);
    expect(here.repository.fetched).toEqual([['path/to/a/target_file.txt', expect.stringMatching(/^[0-9a-f]{64}$/)]]);
  });

  it('repository_substitutes_target_file: keeps what was verified, and writes nothing else', async () => {
    const here = await stand();
    await here.init();
    here.repository.addArtifact('targets', 'one', 'target file contents');
    here.repository.addArtifact('targets', 'other', 'content');
    publish(here);
    expect(await here.download('one')).toBe(0);
    // Longer than what was signed, as long, and shorter.
    for (const malicious of ['malicious data - should not download', 'malware', 'bad', '']) {
      for (const path of ['one', 'other']) here.repository.artifacts.set(path, Buffer.from(malicious));
      expect(await here.download('one')).toBe(0);
      expect(await here.download('other')).toBe(1);
      expect(await here.downloaded()).toEqual(['target file contents']);
    }
  });

  it('multiple_changes_to_target: has the newest that is signed, under one name', async () => {
    const here = await stand();
    await here.init();
    const wanted = new Map<string, string>();
    const publishAndGet = async (path: string, content: string): Promise<void> => {
      here.repository.addArtifact('targets', path, content);
      publish(here);
      expect(await here.download(path)).toBe(0);
      wanted.delete(path);
      wanted.set(path, content);
      expect(await here.downloaded()).toEqual([...wanted.values()]);
    };
    await publishAndGet('file', 'target file contents');
    for (let round = 0; round < 11; round += 1) {
      here.repository.addArtifact('targets', 'file', `modified file contents ${round}`);
      publish(here);
      if (round % 5 !== 0) continue;
      await publishAndGet('file', `modified file contents ${round}`);
      await publishAndGet(`new-${round}`, `new file contents ${round}`);
      here.repository.artifacts.set('file', Buffer.from(`malicious contents ${round}`));
      publish(here);
      await here.download('file');
      expect(await here.downloaded()).toEqual([...wanted.values()]);
    }
  });

  it.each([[['sha256']], [['sha512']], [['sha256', 'sha512']]])(
    'download_with_hash_algorithms[%s]: one request, under a listed hash',
    async (algorithms) => {
      const here = await stand();
      here.repository.addArtifact('targets', 'target_file.txt', 'target file contents', algorithms);
      publish(here);
      await here.init();
      expect(await here.download('target_file.txt')).toBe(0);
      const listed = Object.values(here.repository.targets().targets['target_file.txt']?.hashes ?? {});
      expect(here.repository.fetched).toHaveLength(1);
      expect(listed).toContain(here.repository.fetched[0]?.[1]);
      expect(await here.downloaded()).toEqual(['target file contents']);
    },
  );

  it('download_with_unknown_hash_algorithm: is refused', async () => {
    const here = await stand();
    here.repository.addArtifact('targets', 'target_file.txt', 'target file contents', ['sha512']);
    const entry = here.repository.targets().targets['target_file.txt'];
    if (entry === undefined) throw new Error('no entry');
    entry.hashes = { 'unknown-hash': entry.hashes['sha512'] ?? '' };
    publish(here);
    await here.init();
    expect(await here.download('target_file.txt')).toBe(1);
    expect(await here.downloaded()).toEqual([]);
  });

  it('artifact_cache: what is at hand is not fetched again', async () => {
    const here = await stand();
    await here.init();
    here.repository.addArtifact('targets', 'target_file.txt', 'target file contents');
    publish(here);
    expect(await here.download('target_file.txt')).toBe(0);
    expect(await here.download('target_file.txt')).toBe(0);
    expect(here.repository.fetched).toHaveLength(1);
  });
});
