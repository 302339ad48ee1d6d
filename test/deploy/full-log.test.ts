// A log whose disk is full, under a server that has work to do. A small file system needs root; elsewhere these claims are skipped.
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { signerLog } from '@countersign/signer-server';
import { fill, smallDisk } from '@countersign/testkit';
import { standardLog } from '@countersign/trust-server';
import { expect, it, onTestFinished } from 'vitest';

it.for([
  ['a trust server', standardLog],
  ['a signing service', signerLog],
] as const)('lines of %s wait for room, in order, and throw at nobody meanwhile', async ([_, logger], { skip }) => {
  const disk = await smallDisk('1m');
  if ('reason' in disk) return skip(disk.reason);
  onTestFinished(() => disk.remove());
  const path = join(disk.path, 'log');
  const file = await open(path, 'a');
  const filler = await fill(disk.path);
  const log = logger('info', file.fd);
  for (const number of [1, 2, 3]) log.info({ number }, 'line');
  await rm(filler);
  log.info({ number: 4 }, 'line');
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).number)).toEqual([1, 2, 3, 4]);
  await file.close();
});
