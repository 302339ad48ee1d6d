// What a check of a deployment found, with what to do about it.

/** `bad` is what publishers or readers notice now, or anybody could abuse; `soon` will be; `unknown` could not be found out. */
export type Grade = 'good' | 'soon' | 'bad' | 'unknown';

export interface Finding {
  /** Stable, for programs. */
  readonly check: string;
  readonly grade: Grade;
  readonly says: string;
  readonly remedy?: string;
}

export const good = (check: string, says: string): Finding => ({ check, grade: 'good', says });
export const soon = (check: string, says: string, remedy: string): Finding => ({ check, grade: 'soon', says, remedy });
export const bad = (check: string, says: string, remedy: string): Finding => ({ check, grade: 'bad', says, remedy });
export const unknown = (check: string, says: string, remedy: string): Finding => ({ check, grade: 'unknown', says, remedy });
