import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { DomainError, HTTP_STATUS, type CommonErrorCode } from '../domain/errors/errors';
import { readCertificate } from '../platform/certificate';
import type { AccessLog } from '../platform/access-log';
import { CONNECTION_LIMITS } from '../platform/http/connection-limits';
import { publicId, type Ids } from '../platform/ids';
import { problemOf } from './middleware/problems';
import { SECURITY_HEADERS } from './middleware/request';

const LIMITS = {
  ...CONNECTION_LIMITS,
  keepAliveTimeout: 30_000,
  requireHostHeader: false /* refused with a problem instead */,
};

export interface ApiServerOptions {
  handler: http.RequestListener;
  ids: Ids;
  accessLog?: AccessLog;
  tls?: { certFile: string; keyFile: string };
}

/**
 * The public server, over TLS when there is a certificate; not listening yet. What is not HTTP, or HTTP that
 * we do not speak, gets a problem too.
 */
export function createApiServer({
  handler,
  ids,
  accessLog,
  tls,
}: ApiServerOptions): http.Server | https.Server {
  const server =
    tls === undefined
      ? http.createServer(LIMITS, handler)
      : https.createServer(
          {
            ...LIMITS,
            ...readCertificate(tls),
            minVersion: 'TLSv1.2',
          },
          handler,
        );
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    refuse(socket, codeOf(error), { ids, accessLog });
  });
  // Node would answer an expectation that it does not know by itself, in a form of its own.
  server.on('checkExpectation', handler);
  server.on('connect', (_request: http.IncomingMessage, socket: Duplex) => {
    refuse(socket, 'REQUEST_METHOD_NOT_ALLOWED', { ids, accessLog });
  });
  return server;
}

function codeOf(error: NodeJS.ErrnoException): CommonErrorCode {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return 'REQUEST_HEADERS_TOO_LARGE';
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return 'REQUEST_TOO_LARGE';
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'REQUEST_TIMEOUT';
    default:
      return 'REQUEST_MALFORMED';
  }
}

/**
 * Answers on the bare connection and ends it. While an answer to an earlier request is owed nothing is said:
 * it would be taken for that answer.
 */
function refuse(
  socket: Duplex,
  code: CommonErrorCode,
  { ids, accessLog }: Pick<ApiServerOptions, 'ids' | 'accessLog'>,
): void {
  const owed = (socket as Duplex & { _httpMessage?: unknown })._httpMessage;
  if (!socket.writable || (owed !== undefined && owed !== null)) {
    socket.destroy();
    return;
  }
  const error = new DomainError(code);
  const status = HTTP_STATUS[error.kind];
  const requestId = publicId('request', ids.uuid());
  const body = problemOf(error, requestId);
  const bytes = Buffer.byteLength(body);
  accessLog?.write({ request: requestId, key: null, method: 'other', route: 'none', status, ms: 0, bytes });
  const headers = {
    ...SECURITY_HEADERS,
    'Content-Type': 'application/problem+json',
    'Content-Length': String(bytes),
    Connection: 'close',
    'Request-Id': requestId,
    ...(status === 405 ? { Allow: 'GET, HEAD, POST' } : {}),
  };
  const head = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  socket.end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? ''}\r\n${head}\r\n${body}`, () => {
    socket.destroy();
  });
}
