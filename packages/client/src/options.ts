// What a client is given. Nothing here has a default that trusts: time, limits, anchor and folders are required.
import type { Anchor, Cryptography, Dialect, Fingerprint, Gun, Instant, Limits, Signer } from '@countersign/core';
import type { HttpClient } from '@countersign/http';

/** Where things lie on this machine. */
export interface Folders {
  /** Rollback memory, an absolute path; made with mode 0700. Losing it loses the protection against old metadata. */
  readonly state: string;
  /** Fetched metadata, an absolute path; made with mode 0700. Losing it costs requests and nothing else. */
  readonly cache: string;
  /** The user id this process runs as, who must own the state folder; undefined where the system knows none (Windows). */
  readonly owner: number | undefined;
}

/** How long what this client signs stays valid, in milliseconds. */
export interface SigningLifetimes {
  readonly root: number;
  /** Of targets and delegated roles. */
  readonly targets: number;
}

export interface ClientOptions {
  /** The trust server. Where a repository is below it, the dialect says (`home`). */
  readonly server: URL;
  /** Which format its repositories have; TUF 1.0 unless given. What a server answers never decides it. */
  readonly dialect?: Dialect;
  /** The value of the `Authorization` header for that server and no other, or none. */
  readonly authorization: string | undefined;
  readonly http: HttpClient;
  readonly crypto: Cryptography;
  readonly limits: Limits;
  readonly folders: Folders;
  /** The clock; read once per refresh (TUF 1.0.34 §5.1). */
  readonly now: () => Instant;
  /** When this program was built: a clock before that is wrong, and every expiry check with it. */
  readonly builtAt: Instant;
  /** Cryptographic randomness: `length` unpredictable bytes. */
  readonly random: (length: number) => Uint8Array;
  readonly lifetimes: SigningLifetimes;
  /**
   * Signers of this machine for some of these keys. Every publish needs the key of the snapshot where publishers hold it, as they may in
   * Notary: it is asked for here when none of the signers at hand has it.
   */
  readonly heldSigners?: (keys: readonly Fingerprint[]) => Promise<readonly Signer[]>;
  /** What to believe about a name: pins and policy come from outside (see `anchorFor`). */
  readonly anchor: (gun: Gun) => Promise<Anchor>;
  /**
   * `together`, unless given: what does not depend on an answer is asked for beside what comes before it. `in-order`: one request after
   * the other, exactly as TUF 1.0.34 §5 lists them.
   */
  readonly requests?: 'together' | 'in-order';
  /** Ask no server: only what is remembered and cached may answer, as long as none of it has expired. */
  readonly offline?: boolean;
  /** How long a publisher keeps trying while others publish first, in milliseconds. 120,000 unless given. */
  readonly publishDeadlineMs?: number;
}

/** What a reader is given: all but what publishing needs. */
export type ReaderOptions = Omit<ClientOptions, 'lifetimes' | 'publishDeadlineMs' | 'heldSigners'>;

/** What reading needs of all this, wherever the files come from. */
export type ReadingOptions = Pick<ClientOptions, 'crypto' | 'limits' | 'folders' | 'now' | 'anchor' | 'requests' | 'offline'>;
