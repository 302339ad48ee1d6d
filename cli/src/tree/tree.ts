// The tree of commands, as data. No command is loaded before it is the one that was asked for.
import { fleetGroup } from './fleet.ts';
import { importGroup } from './import.ts';
import { keyGroup } from './keys.ts';
import { mirrorGroup } from './mirror.ts';
import { operationCommands } from './operations.ts';
import { readingCommands } from './reading.ts';
import { rootGroup } from './root.ts';
import { signerGroup } from './signers.ts';
import { signingCommands } from './signing.ts';
import { signingServiceGroup } from './signing-service.ts';
import type { TreeNode } from './spec.ts';
import { systemCommands } from './system.ts';
import { trustGroup } from './trust.ts';

export const TREE: readonly TreeNode[] = [
  ...signingCommands,
  ...readingCommands,
  signerGroup,
  keyGroup,
  rootGroup,
  fleetGroup,
  trustGroup,
  importGroup,
  mirrorGroup,
  signingServiceGroup,
  ...operationCommands,
  ...systemCommands,
];
