// Letting what was asked for leave before a long piece of work. (node:timers/promises would be one more module at every start.)

/** Resolves in the next turn of the event loop, after the network had its turn. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
