import { Pool } from 'undici';
import { systemClock, type Clock } from './clock';
import { Exchange } from './http/exchange';
import {
  notSent,
  type HttpClient,
  type HttpClientOptions,
  type HttpLimits,
  type HttpRequest,
  type HttpResult,
} from './http/types';

export type {
  HttpClient,
  HttpClientOptions,
  HttpFailure,
  HttpFailureReason,
  HttpLimits,
  HttpRequest,
  HttpResponse,
  HttpResult,
} from './http/types';

/**
 * An HTTP client for one base address whose every result is data, and whose failures say whether the request
 * can have left.
 * 1. `dispatch` puts the request in line for a connection. Until undici calls `onRequestStart` not one byte
 *    of it is written, so whatever ends it before (refused, DNS, TLS, no connection in time, too late, given
 *    up) is certain: `sent: false`.
 * 2. `onRequestStart` is the point of no return. The last checks are made in it; after it every failure is
 *    `sent: true`, also a kept-alive connection that the other side had closed in the meantime: the bytes may
 *    have been read.
 * 3. One request is written once. Nothing is retried, redirects are not followed, the answer is capped in
 *    size and time.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const base = checkedBase(options.baseUrl);
  const clock: Clock = options.clock ?? systemClock;
  const defaults: Required<HttpLimits> = {
    connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
    headersTimeoutMs: options.headersTimeoutMs ?? 30_000,
    bodyTimeoutMs: options.bodyTimeoutMs ?? 10_000,
    totalTimeoutMs: options.totalTimeoutMs ?? 30_000,
    maxResponseBytes: options.maxResponseBytes ?? 1_048_576,
  };
  const pool = new Pool(base.origin, {
    connections: options.connections ?? 16,
    // never 2: a request behind another on one connection could be written again by undici
    pipelining: (options.keepAlive ?? true) ? 1 : 0,
    connect: {
      timeout: defaults.connectTimeoutMs,
      minVersion: 'TLSv1.2',
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    },
    // The phases are timed in exchange.ts, to the millisecond and from the limits of the call; undici's own
    // timers tick coarsely.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: options.idleTimeoutMs ?? 4_000,
    keepAliveMaxTimeout: 30_000,
  });

  async function request(call: HttpRequest): Promise<HttpResult> {
    if (!call.path.startsWith('/')) return notSent('invalid_request', 'PATH');
    return new Promise<HttpResult>((resolve) => {
      const limits = { ...defaults, ...withoutUndefined(call.limits) };
      const exchange = new Exchange({ limits, clock, notAfter: call.notAfter, signal: call.signal, resolve });
      if (exchange.finished()) return;
      try {
        pool.dispatch(
          {
            method: call.method,
            path: `${base.prefix}${call.path}`,
            headers: call.headers ?? {},
            body: call.body ?? null,
            idempotent: false,
          },
          exchange,
        );
      } catch (error) {
        exchange.fail(error);
      }
    });
  }

  return { name: options.name, request, close: () => pool.close(), destroy: () => pool.destroy() };
}

function checkedBase(baseUrl: string): { origin: string; prefix: string } {
  let url: URL;
  try {
    url = new URL(baseUrl);
  } catch {
    throw new TypeError('the base address is not a URL');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new TypeError('the base address must be http or https');
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new TypeError('the base address must hold no credentials, query or fragment');
  return { origin: url.origin, prefix: url.pathname.replace(/\/+$/, '') };
}

function withoutUndefined(limits: Partial<HttpLimits> | undefined): Partial<HttpLimits> {
  return Object.fromEntries(Object.entries(limits ?? {}).filter(([, v]) => v !== undefined));
}
