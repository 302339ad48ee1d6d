// Who was asked when nobody answered: a command speaks with a trust server and with a registry, often on one host.
import { FetchError, type HttpClient } from '@countersign/http';

/** The same client; its failures say who did not answer, in their text and in `details.asked`. */
export function askedHttp(http: HttpClient, asked: 'trust server' | 'registry'): HttpClient {
  return {
    ...http,
    async send(request) {
      try {
        return await http.send(request);
      } catch (error) {
        if (!(error instanceof FetchError) || error.code === 'interrupted') throw error;
        throw new FetchError(error.code, `${asked} ${error.message}`, { cause: error, details: { ...error.details, asked } });
      }
    },
  };
}
