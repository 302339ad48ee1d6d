// The door of the command line: one function, for tests and for programs that bring their own world.
export type { ExitCode, ExitName } from './exit-codes.ts';
export { EXIT } from './exit-codes.ts';
export { run } from './run.ts';
export type { Asker, Sink, World } from './world.ts';
