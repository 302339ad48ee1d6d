// What resolves names, in a file of its own so that it is loaded with the first name.
export { lookup } from 'node:dns';
