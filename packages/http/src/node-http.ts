// What speaks HTTP, in a file of its own so that it is loaded with the first request.
export { Agent, request } from 'node:http';
