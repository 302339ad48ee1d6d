// For tests: requests as any program could send them, headers included that fetch would not let through.
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body of a problem. */
  readonly problem: { readonly code?: string; readonly detail?: string; readonly status?: number };
  /** The one error of a refusal in Notary's words. */
  readonly refusal: { readonly code?: string; readonly message?: string; readonly detail?: unknown };
}

export interface Question {
  /** Sent as it is, without the tidying of a URL. */
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export function ask(url: string, { method = 'GET', headers = {}, body, path }: Question = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false, ...(path === undefined ? {} : { path }) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const problem = response.headers['content-type'] === 'application/problem+json' ? JSON.parse(bytes.toString()) : {};
        const [refusal = {}] = bytes.toString().startsWith('{"errors":[') ? JSON.parse(bytes.toString()).errors : [];
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes, problem, refusal });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const BOUNDARY = 'countersign-test-boundary';

export const multipartType = `multipart/form-data; boundary=${BOUNDARY}`;

/** A multipart body with one part for each pair of file name and content. */
export function multipart(parts: readonly (readonly [string, Uint8Array])[]): Buffer {
  const pieces = parts.flatMap(([name, content]) => [
    Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    ),
    content,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...pieces, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

/** What comes back for bytes of any kind, until the other side hangs up. */
export function raw(url: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(text));
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}
