// Many values as one parameter: `unnest($1::text[], …)` keeps the text of a statement the same however many rows it writes, so that the
// database plans it once. Written here and not by the driver, which would have to ask the database for its types first.

const quoted = (text: string): string => `"${text.includes('"') || text.includes('\\') ? text.replace(/["\\]/g, '\\$&') : text}"`;

export const textArray = (values: readonly string[]): string => `{${values.map(quoted).join(',')}}`;
export const numberArray = (values: readonly number[]): string => `{${values.join(',')}}`;
/** Bytes as hexadecimal digits, twice their size on the wire: for small ones. */
export const bytesArray = (values: readonly (Uint8Array | undefined)[]): string => `{${values.map(hexOrNull).join(',')}}`;
export const textOrNullArray = (values: readonly (string | undefined)[]): string =>
  `{${values.map((value) => (value === undefined ? 'NULL' : quoted(value))).join(',')}}`;

const hexOrNull = (value: Uint8Array | undefined): string =>
  value === undefined ? 'NULL' : `"\\\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}"`;
