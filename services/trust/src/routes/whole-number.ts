// Numbers in queries.
import { RequestError } from '../errors.ts';

/** Undefined when it is not given. Throws RequestError(`invalid-parameters`). */
export function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = /^-?[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new RequestError('invalid-parameters', `${name}: wanted a whole number`);
  return value;
}
