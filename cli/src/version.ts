// What this program is: the version of its package (a test compares the two), and the day it was built.

/** Replaced by the bundle with the day of its making. */
declare const COUNTERSIGN_BUILT_AT: string | undefined;

export const VERSION = '0.1.0';

/** `2026-01-31T00:00:00Z`. Run from its sources, the program takes the day this version was begun. */
export const BUILT_AT: string = typeof COUNTERSIGN_BUILT_AT === 'string' ? COUNTERSIGN_BUILT_AT : '2026-11-01T00:00:00Z';
