// The claims that files of the newest sets must have made, held against those that are there. A claim is what keeps metadata of one repository
// from being published under another name: whoever takes one away prepares that, and everything else would still fit together.
import type { Claim } from '@countersign/core';
import type { ClaimItem, Finding, HeadItem } from '@countersign/store';

// Half of a digest tells it from all others, and there may be a million.
const nameOf = ({ kind, digest }: { readonly kind: string; readonly digest: string }): string => `${kind} ${digest.slice(0, 32)}`;

export class OwedClaims {
  readonly #owed = new Map<string, HeadItem['repository']>();
  #harmed = false;

  /** Findings for what another repository has said already. */
  owe(repository: HeadItem['repository'], claims: readonly Claim[]): readonly Finding[] {
    return claims.flatMap((claim) => {
      const before = this.#owed.get(nameOf(claim));
      this.#owed.set(nameOf(claim), repository);
      if (before === undefined || before.gun === repository.gun) return [];
      return [{ repository, text: `what is claimed as ${claim.kind} ${claim.digest} stands in ${before.gun} too` }];
    });
  }

  /** Claims come after all repositories. */
  take({ claim, gun }: ClaimItem): readonly Finding[] {
    const repository = this.#owed.get(nameOf(claim));
    if (repository === undefined) return [];
    this.#owed.delete(nameOf(claim));
    return repository.gun === gun ? [] : [{ repository, text: `the claim ${claim.kind} ${claim.digest} belongs to ${gun}` }];
  }

  /** Something that is no part of a repository is damaged and was told. It may be a claim: which, nobody can say. */
  harm(): void {
    this.#harmed = true;
  }

  end(): readonly Finding[] {
    if (this.#harmed) return [];
    return [...this.#owed].map(([name, repository]) => ({ repository, text: `the claim ${name}… is missing` }));
  }
}
