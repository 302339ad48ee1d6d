// The image's healthcheck: `node health.mjs [CONFIG]` asks /livez of the server in this container, by the settings it was started with.
// `node health.mjs --port N` only connects, for a signing service, which talks to nobody without a client certificate.
import { readFileSync } from 'node:fs';
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { connect } from 'node:net';

const PATIENCE = 4_000;
const fail = (why) => {
  console.error(why);
  process.exit(1);
};
setTimeout(() => fail(`no answer in ${PATIENCE} ms`), PATIENCE).unref();

/** Its own address of the same family where it listens at all of them. */
const ownAddress = (host) => ({ '0.0.0.0': '127.0.0.1', '::': '::1' })[host] ?? host;

const [first = '/etc/countersign/serve.json', port] = process.argv.slice(2);
if (first === '--port') {
  connect(Number(port), '127.0.0.1')
    .on('connect', () => process.exit(0))
    .on('error', (error) => fail(error.message));
} else {
  const file = JSON.parse(readFileSync(first, 'utf8'));
  const setting = (key, variable) => process.env[`COUNTERSIGN_SERVE_${variable}`] || file[key];
  const [, host, at] = /^\[?(.*?)\]?:(\d+)$/.exec(setting('listen', 'LISTEN') ?? '127.0.0.1:4443') ?? fail('no address to ask');
  const where = { host: ownAddress(host), port: at };
  if (setting('tlsClientCa', 'TLS_CLIENT_CA') !== undefined) {
    connect(where)
      .on('connect', () => process.exit(0))
      .on('error', (error) => fail(error.message));
  } else {
    const tls = setting('tlsCert', 'TLS_CERT') !== undefined;
    // Whether it answers is all that is asked, and nothing that it says is believed: its certificate is for other names than this one.
    const options = { ...where, path: '/livez', headers: { host: `localhost:${at}` }, rejectUnauthorized: false };
    (tls ? secure : plain)(options, ({ statusCode }) => (statusCode === 200 ? process.exit(0) : fail(`status ${statusCode}`)))
      .on('error', (error) => fail(error.message))
      .end();
  }
}
