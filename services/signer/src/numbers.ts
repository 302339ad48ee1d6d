// What this service has done since it started, as Prometheus reads it, and whether it can sign. Nothing is counted by the name of a repository or
// of a caller, of which there is no end.
/** What a machine reads in `/readyz`. */
export type SignerTrouble = 'memory-unwritable';

export class Numbers {
  readonly signatures: Map<string, number> = new Map();
  readonly refusals: Map<string, number> = new Map();
  /** Whether the last signature could be remembered. */
  memory: 'kept' | 'unkept' = 'kept';
  seconds = 0;

  signed(role: string, answer: 'new' | 'again', seconds: number): void {
    add(this.signatures, `${role} ${answer}`);
    this.seconds += seconds;
  }

  refused(code: string): void {
    add(this.refusals, code);
  }

  get troubles(): readonly SignerTrouble[] {
    return this.memory === 'kept' ? [] : ['memory-unwritable'];
  }
}

const add = (counts: Map<string, number>, name: string): void => {
  counts.set(name, (counts.get(name) ?? 0) + 1);
};

export interface Health {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** 200 when signatures can be made and remembered, otherwise 503 with the reasons. */
export function healthOf({ troubles }: Numbers): Health {
  return troubles.length === 0
    ? { status: 200, body: { status: 'ready' } }
    : { status: 503, body: { status: 'not-ready', reasons: troubles } };
}
