// What a publisher signed along with an entry, beside what this program states there itself.
import { decodeUtf8, encodeJson, type JsonObject } from '@countersign/core';

/** As JSON; undefined where there is nothing. */
export function signedCustom(custom: JsonObject | undefined): unknown {
  const theirs = new Map([...(custom ?? [])].filter(([name]) => name !== 'countersign'));
  return theirs.size === 0 ? undefined : JSON.parse(decodeUtf8(encodeJson(theirs)));
}

/** The member `custom`, or nothing. */
export function customFacts(custom: JsonObject | undefined): { readonly custom?: unknown } {
  const signed = signedCustom(custom);
  return signed === undefined ? {} : { custom: signed };
}
