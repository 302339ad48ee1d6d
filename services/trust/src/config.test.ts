// What would let a mistake pass in silence, refused before anything is opened.
import { expect, it } from 'vitest';
import { parseServerConfig } from './config.ts';

it.each(['/srv/trust/marks', '/srv/trust/store/marks', '/srv/other/../trust/marks'])(
  'refuses marks at %s, inside of what is copied back as a whole',
  (highWater) => {
    const refusal = expect.objectContaining({ code: 'invalid-config', message: expect.stringContaining('outside the data folder') });
    expect(() => parseServerConfig({ data: '/srv/trust', highWater })).toThrowError(refusal);
  },
);

it('takes marks beside the data folder, whatever their name begins with', () => {
  expect(parseServerConfig({ data: '/srv/trust', highWater: '/srv/trust-marks/one' }).highWater).toBe('/srv/trust-marks/one');
});

it.each([
  'postgres://user:se#cret@host/db',
  'postgres://user:se/cret@host/db',
  'postgres:/user:secret@host/db',
  'mysql://user:secret@host/db',
])('refuses an address of a database that it cannot read, and does not repeat it: %s', (store) => {
  const refusal = expect.objectContaining({ code: 'invalid-config', message: expect.not.stringContaining('cret') });
  expect(() => parseServerConfig({ data: '/srv/trust', store })).toThrowError(refusal);
});
