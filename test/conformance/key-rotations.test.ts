// test_updater_key_rotations.py of the official suite.
import { type PlainKey, plainKey } from '@countersign/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { closeStands, type Stand, stand } from './stand.ts';

afterAll(closeStands);

/** `keys/threshold/signatures`, keys by number; `!` where the client must refuse. */
function publishWith({ repository }: Stand, role: string, version: string, keys: readonly PlainKey[]): { readonly accepted: boolean } {
  const [listed = '', threshold = '', signing = ''] = version.replace('!', '').split('/');
  const picked = (digits: string): PlainKey[] => [...digits].flatMap((digit) => keys[Number(digit)] ?? []);
  repository.rootRole(role).keyids = [];
  repository.rootRole(role).threshold = Number(threshold);
  for (const key of picked(listed)) repository.addKey(role, key);
  repository.signersOf(role).clear();
  for (const key of picked(signing)) repository.signersOf(role).set(key.keyid, key);
  return { accepted: !version.includes('!') };
}
const tenKeys = (): PlainKey[] => Array.from({ length: 10 }, () => plainKey());

describe('key rotations', () => {
  it.each([
    ['1-of-1-key-rotation', '1/1/1 2/1/21 2/1/2'],
    ['1-of-1-key-rotation-unused-signatures', '1/1/314 2/1/3214 2/1/324'],
    ['3-of-5-sign-with-different-keycombos', '01234/3/024 01234/3/041 01234/3/013 01234/3/013'],
    ['3-of-5-one-key-rotated', '01234/3/024 01345/3/041'],
    ['3-of-5-one-key-rotated-with-intermediate-step', '01234/3/024 01345/3/0245 01345/3/045'],
    ['3-of-5-all-keys-rotated-with-intermediate-step', '01234/3/024 56789/3/024567 56789/3/567'],
    ['1-of-3-threshold-increase-to-2-of-3', '123/1/1 123/2/12'],
    ['2-of-3-threshold-decrease-to-1-of-3', '123/2/12 123/1/12 123/1/1'],
    ['1-of-2-threshold-increase-to-2-of-2', '1/1/1 12/2/12'],
    ['1-of-1-key-rotation-fail-not-signed-with-old-key', '1/1/1 2/1/234!'],
    ['1-of-1-key-rotation-fail-not-signed-with-new-key', '1/1/1 2/1/134!'],
    ['3-of-5-one-key-rotate-fails-not-signed-with-3-new-keys', '01234/3/024 01345/3/024!'],
    ['3-of-5-one-key-rotate-fails-not-signed-with-3-old-keys', '01234/3/024 01345/3/045!'],
    ['1-of-3-threshold-bump-to-2-of-3-fails-new-threshold-not-reached', '123/1/1 123/2/2!'],
    ['2-of-3-threshold-decr-to-1-of-3-fails-old-threshold-not-eached', '123/2/12 123/1/1!'],
  ])('root_rotation[%s]', async (_, versions) => {
    const here = await stand();
    const keys = tenKeys();
    here.repository.published.delete('root');
    let accepted = true;
    for (const version of versions.split(' ')) {
      ({ accepted } = publishWith(here, 'root', version, keys));
      here.repository.publish('root');
    }
    here.repository.publish('targets', 'snapshot', 'timestamp');
    expect(await here.init()).toBe(0);
    expect(await here.refresh()).toBe(accepted ? 0 : 1);
    const last = versions.split(' ').length;
    expect(await here.file('root')).toEqual(here.published('root', accepted ? last : last - 1));
  });

  it.each([
    ['1-of-1-key-rotation', '2/1/2'],
    ['1-of-1-key-rotation-unused-signatures', '1/1/314'],
    ['1-of-1-key-rotation-fail-not-signed-with-new-key', '2/1/134!'],
    ['3-of-5-one-key-signature-wrong-not-signed-with-3-expected-keys', '01345/3/024!'],
    ['2-of-5-one-key-signature-mising-threshold-not-reached', '01345/3/04!'],
    ['3-of-5-sign-first-combo', '01234/3/024'],
    ['3-of-5-sign-second-combo', '01234/3/041'],
    ['3-of-5-sign-third-combo', '01234/3/013'],
    ['3-of-5-sign-fourth-combo', '01234/3/123'],
    ['3-of-5-sign-fifth-combo', '01234/3/234'],
  ])('non_root_rotations[%s]', async (_, version) => {
    for (const role of ['timestamp', 'snapshot', 'targets']) {
      const here = await stand();
      await here.init();
      const { accepted } = publishWith(here, role, version, tenKeys());
      here.repository.publish('root', 'targets', 'snapshot', 'timestamp');
      expect(await here.refresh()).toBe(accepted ? 0 : 1);
      expect(await here.file(role)).toEqual(accepted ? here.published(role) : undefined);
    }
  });
});
