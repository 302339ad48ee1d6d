import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { terminalAsker } from './ask-terminal.ts';

const typing = (keys: string) => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  output.resume();
  const asker = terminalAsker(input, output);
  setTimeout(() => (keys === '' ? input.end() : input.write(keys)), 20);
  return asker;
};

describe('a question', () => {
  it('takes what was typed', async () => {
    expect(await typing('open sesame\r').secret('Passphrase')).toBe('open sesame');
    expect(await typing('y').confirm('Sure?')).toBe(true);
    expect(await typing('\r').confirm('Sure?')).toBe(false);
  });

  it('that is answered by Ctrl-C interrupts the command', async () => {
    await expect(typing('\x03').secret('Passphrase')).rejects.toMatchObject({ code: 'interrupted' });
    await expect(typing('\x03').confirm('Sure?')).rejects.toMatchObject({ code: 'interrupted' });
    await expect(typing('\x03').text('How many?')).rejects.toMatchObject({ code: 'interrupted' });
  });

  it.each([
    ['Escape', '\x1b'],
    ['Ctrl-D', '\x04'],
    ['the end of the terminal', ''],
  ])('ends without an answer at %s', async (_, keys) => {
    expect(await typing(keys).secret('Passphrase')).toBeUndefined();
    expect(await typing(keys).confirm('Sure?')).toBeUndefined();
  });
});
