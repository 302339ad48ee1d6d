// What our server says no to, as whoever imports is told it: what they can do is another thing than what a publisher can.
import { parseNotaryGun } from '@countersign/core';
import type { HttpReply } from '@countersign/http';
import { describe, expect, it } from 'vitest';
import { newServer } from './new-server.ts';

const GUN = parseNotaryGun('registry.example.com/team/app');

const asked = (status: number, problem: object) => {
  const reply: HttpReply = {
    status,
    headers: new Map([['content-type', 'application/problem+json']]),
    body: Buffer.from(JSON.stringify(problem)),
    url: new URL('https://trust.example.com'),
    address: '127.0.0.1',
  };
  return newServer(new URL('https://trust.example.com'), { send: async () => reply, close: () => undefined }, undefined).standing(GUN);
};

describe('a refusal of the new server', () => {
  it('that both servers were published to says what to do: the same command would be refused again', async () => {
    const detail = 'snapshot v12 is here already, with other bytes';
    await expect(asked(409, { code: 'conflict', detail })).rejects.toMatchObject({
      name: 'ReviewError',
      code: 'conflict',
      message: `${GUN}: ${detail}`,
      next: expect.stringContaining('publish here alone'),
    });
  });

  it('that comes from a notary-server says that this is none of ours', async () => {
    const body = { errors: [{ code: 'METADATA_NOT_FOUND', message: 'You have requested metadata that does not exist.' }] };
    await expect(asked(404, body)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('it is no trust server of Countersign'),
    });
  });
});
