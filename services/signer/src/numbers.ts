// What this service has done since it started, as Prometheus reads it. Nothing is counted by the name of a repository or of a caller, of which
// there is no end.

export class Numbers {
  readonly signatures: Map<string, number> = new Map();
  readonly refusals: Map<string, number> = new Map();
  seconds = 0;

  signed(role: string, answer: 'new' | 'again', seconds: number): void {
    add(this.signatures, `${role} ${answer}`);
    this.seconds += seconds;
  }

  refused(code: string): void {
    add(this.refusals, code);
  }
}

const add = (counts: Map<string, number>, name: string): void => {
  counts.set(name, (counts.get(name) ?? 0) + 1);
};
