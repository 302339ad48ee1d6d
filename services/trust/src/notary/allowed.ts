// What each address of Notary asks of its caller, in the words of Docker's registry protocol.
import type { IncomingMessage } from 'node:http';
import type { Gun } from '@countersign/core';
import type { Decision } from '../docker-token/authorizer.ts';
import { CATALOG, type RepositoryAction, type Wanted } from '../docker-token/wanted.ts';
import type { World } from '../world.ts';
import { refusedWith } from './refusal.ts';

type OfRepository = 'file' | 'changes' | 'current-key' | 'upload' | 'next-key' | 'deletion';

const ACTIONS: Readonly<Record<OfRepository, readonly RepositoryAction[]>> = {
  file: ['pull'],
  changes: ['pull'],
  'current-key': ['push', 'pull'],
  upload: ['push', 'pull'],
  'next-key': ['*'],
  deletion: ['*'],
};

export type Asked = { readonly of: 'server' } | { readonly of: OfRepository; readonly gun: Gun };

/** The caller's name for the log. Throws RequestError with the reply that refuses. */
export async function allowed(request: IncomingMessage, asked: Asked, world: World): Promise<string> {
  const decision = await decide(request, asked, world);
  if (!decision.allowed) throw refusedWith(decision.reply);
  return decision.caller;
}

/** Whether somebody who was allowed one thing is allowed another as well. */
export async function mayAlso(request: IncomingMessage, asked: Asked, world: World): Promise<boolean> {
  return (await decide(request, asked, world)).allowed;
}

async function decide({ headers }: IncomingMessage, asked: Asked, world: World): Promise<Decision> {
  const wanted: Wanted = asked.of === 'server' ? CATALOG : { type: 'repository', name: asked.gun, actions: ACTIONS[asked.of] };
  return await world.authorize(headers.authorization, [wanted], world.now());
}
