// How the store and its record name the two kinds of repository.

/** The two dialects in which a repository can live. */
export type DialectName = 'tuf' | 'notary';
