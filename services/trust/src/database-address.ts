// What the address of a database must be: said without repeating what was got, because that may hold a password.
export { isDatabaseAddress } from '@countersign/store';

export const ADDRESS_WANTED =
  'wanted postgres://USER@HOST:PORT/DATABASE, signs like # and / in its parts as %23 and %2F (what was got is not shown)';
