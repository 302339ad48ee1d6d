// A publish of a Notary client: its parts in their order, then the judgement of the whole.
import { CountersignError, type Gun, type RoleName, TIMESTAMP } from '@countersign/core';
import type { Head } from '@countersign/store';
import { publish } from '../publish.ts';
import type { Part } from '../upload.ts';
import type { World } from '../world.ts';
import { malformedJson } from './part-json.ts';
import { partRole } from './part-name.ts';
import { notaryRefusal } from './refusal.ts';

/** Throws RequestError, ReviewError or StoreError; then nothing was published. No part at all asks for a new snapshot. */
export async function publishParts(
  world: World,
  gun: Gun,
  parts: readonly Part<string | undefined>[],
  mayStartOver: () => Promise<boolean>,
): Promise<Head> {
  const roles = rolesOf(world, parts);
  try {
    return await publish(world, 'notary', { gun, parts: roles, recreate: false }, mayStartOver);
  } catch (error) {
    // Malformed parts come first, but whatever is published is none: so they are looked for when something is wrong.
    if (error instanceof CountersignError) checkJson(world, parts);
    throw error;
  }
}

/** The parts by role: of several for one role, the last. Throws RequestError for the first one that has no role. */
function rolesOf(world: World, parts: readonly Part<string | undefined>[]): ReadonlyMap<RoleName, Uint8Array> {
  const roles = new Map<RoleName, Uint8Array>();
  for (const [index, { name, bytes }] of parts.entries()) {
    try {
      roles.set(partRole(name), bytes);
    } catch (error) {
      checkJson(world, parts.slice(0, index));
      throw error;
    }
  }
  // This server signs the next one, whatever a client sends along.
  const timestamp = roles.get(TIMESTAMP);
  if (timestamp !== undefined) checkJson(world, parts);
  roles.delete(TIMESTAMP);
  return roles;
}

function checkJson(world: World, parts: readonly Part<string | undefined>[]): void {
  for (const { name, bytes } of parts) {
    const why = malformedJson(bytes, world.limits);
    if (why !== undefined) throw notaryRefusal('MALFORMED_JSON', `${(name ?? '').slice(0, 80)}: ${why}`);
  }
}
