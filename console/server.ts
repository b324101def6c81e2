import http from 'node:http';
import https from 'node:https';
import { readCertificate } from '../platform/certificate';
import { CONNECTION_LIMITS } from '../platform/http/connection-limits';

const LIMITS = { ...CONNECTION_LIMITS, keepAliveTimeout: 10_000 };

/** The server of the pages for staff, over TLS when there is a certificate; not listening yet. */
export function createConsoleServer(
  handler: http.RequestListener,
  tls?: { certFile: string; keyFile: string },
): http.Server | https.Server {
  return tls === undefined
    ? http.createServer(LIMITS, handler)
    : https.createServer({ ...LIMITS, ...readCertificate(tls), minVersion: 'TLSv1.2' }, handler);
}

type Respond = (request: http.IncomingMessage, response: http.ServerResponse) => unknown;

/** Two apps on one port: the first has what stands under the prefix. */
export const splitAt =
  (prefix: string, below: Respond, others: Respond): http.RequestListener =>
  (request, response) => {
    const { url = '' } = request;
    void (url.startsWith(`${prefix}/`) ? below(request, response) : others(request, response));
  };
