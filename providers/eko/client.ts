import { performance } from 'node:perf_hooks';
import type { CallLog } from '../../domain/api-log/port';
import type { ProviderCallOptions } from '../../domain/provider/calls';
import type { Clock } from '../../platform/clock';
import { createHttpClient, type HttpLimits, type HttpResponse } from '../../platform/http-client';
import type { Log } from '../../platform/logger';
import {
  createCallGuard,
  DEFAULT_BREAKER,
  refusalWord,
  retryAfterMs,
  type BreakerSettings,
  type CallGuard,
  type ProviderMetrics,
  type RateLimit,
} from '../call-guard';
import { createSigner } from './auth';
import { masked } from './call-log';
import type { Reply } from './transformers';

export interface EkoClientOptions {
  baseUrl: string;
  developerKey: string;
  accessKey: string;
  /** Production: connect 3–5 s, total 30 s. AEPS and bill fetches have a minute. */
  timeouts: { connectMs: number; totalMs: number };
  clock: Clock;
  maxInFlight?: number;
  maxQueued?: number;
  breaker?: Partial<BreakerSettings>;
  limiter?: RateLimit;
  log?: Log;
  metrics?: ProviderMetrics;
  callLog?: CallLog;
}

export interface Call {
  /** Our word for it: a label of metrics and of the API log. */
  operation: string;
  method: 'GET' | 'POST' | 'PUT';
  /** As the contract writes it, with `{names}` that `ids` fill. */
  route: string;
  ids?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string>>;
  /** JSON, unless `contentType` says otherwise. */
  body?: string | Buffer;
  contentType?: string;
  /** What the API log is shown (masked) where the body is no JSON. */
  shown?: unknown;
  ourReference?: string;
  /** A slow call (bill fetch, AEPS): how long it may take unless the caller says. */
  totalMs?: number;
}

export interface EkoClient {
  call(call: Call, options?: ProviderCallOptions): Promise<Reply>;
  guard: CallGuard;
  close(): Promise<void>;
}

/** A list of all billers has thousands of lines. */
const MAX_ANSWER_BYTES = 4 * 1_048_576;

/** Signed calls over one pool of connections, behind the breaker, the rate limit and the bulkhead (call-guard.ts). Each is made once. Never throws; knows no codes. */
export function createEkoClient(options: EkoClientOptions): EkoClient {
  const { baseUrl, timeouts, clock, log, metrics, limiter, callLog } = options;
  refuseOpenNetwork(baseUrl);
  if (!/^[\x21-\x7e]{4,200}$/.test(options.developerKey) || options.accessKey.length < 8)
    throw new TypeError('the Eko keys are not usable');
  const signer = createSigner({
    developerKey: options.developerKey,
    accessKey: options.accessKey,
    clock,
    ...(log === undefined ? {} : { log }),
  });
  const maxInFlight = options.maxInFlight ?? 32;
  const http = createHttpClient({
    baseUrl,
    name: 'eko',
    clock,
    connections: maxInFlight,
    maxResponseBytes: MAX_ANSWER_BYTES,
    connectTimeoutMs: timeouts.connectMs,
    headersTimeoutMs: timeouts.totalMs,
    bodyTimeoutMs: timeouts.totalMs,
    totalTimeoutMs: timeouts.totalMs,
  });
  const guard = createCallGuard({
    provider: 'eko',
    maxInFlight,
    maxQueued: options.maxQueued ?? 256,
    breaker: { ...DEFAULT_BREAKER, ...options.breaker },
    ...(limiter === undefined ? {} : { limiter }),
    ...(log === undefined ? {} : { log }),
    ...(metrics === undefined ? {} : { metrics }),
  });

  async function exchange(
    request: Call,
    { timeouts: own, sendBefore, signal, admitted }: ProviderCallOptions,
  ): Promise<{ reply: Reply; result: string }> {
    const send = (): ReturnType<typeof http.request> =>
      http.request({
        method: request.method,
        path: pathOf(request),
        // Signed here and not before: a call may have stood in line, and the timestamp is only good for a moment.
        headers: {
          ...signer.headers(),
          accept: 'application/json',
          'content-type': request.contentType ?? 'application/json',
        },
        limits: limitsOf(request, own),
        ...(request.body === undefined ? {} : { body: request.body }),
        ...(sendBefore === undefined ? {} : { notAfter: sendBefore }),
        ...(signal === undefined ? {} : { signal }),
      });
    const result = await guard.run(request.operation, send, {
      ...(admitted === undefined ? {} : { admitted }),
      ...(signal === undefined ? {} : { signal }),
    });
    if ('refused' in result)
      return {
        reply: { kind: 'refusal', word: refusalWord(result.refused), retryAfterMs: result.retryAfterMs },
        result: result.refused,
      };
    if (!result.ok)
      return {
        reply: {
          kind: 'failure',
          reason: result.reason,
          sent: result.sent,
          ...(result.status === undefined ? {} : { httpStatus: result.status }),
        },
        result: result.reason,
      };
    if (result.status === 403) signer.refused(result.headers.date);
    return { reply: read(result), result: String(result.status) };
  }

  async function call(request: Call, own: ProviderCallOptions = {}): Promise<Reply> {
    const startedMs = performance.now();
    const { reply, result } = await exchange(request, own);
    callLog?.note({
      provider: 'eko',
      operation: request.operation,
      method: request.method,
      route: request.route,
      result,
      latencyMs: Math.round(performance.now() - startedMs),
      at: clock.now(),
      request: masked(shownOf(request), request.operation),
      ...(own.transactionId === undefined ? {} : { transactionId: own.transactionId }),
      ...(request.ourReference === undefined ? {} : { ourReference: request.ourReference }),
      ...(reply.kind === 'answer' && reply.json !== undefined
        ? { response: masked(reply.json, request.operation) }
        : {}),
    });
    return reply;
  }

  return { call, guard, close: () => http.close() };
}

function limitsOf({ totalMs }: Call, own: ProviderCallOptions['timeouts']): Partial<HttpLimits> {
  const total = own?.totalMs ?? totalMs;
  return {
    ...(own?.connectMs === undefined ? {} : { connectTimeoutMs: own.connectMs }),
    ...(total === undefined ? {} : { totalTimeoutMs: total, headersTimeoutMs: total, bodyTimeoutMs: total }),
  };
}

function pathOf({ route, ids = {}, query = {} }: Call): string {
  const path = route.replaceAll(/\{([a-z_]+)\}/g, (_, name: string) =>
    encodeURIComponent(ids[name]!).replaceAll('%3A', ':'),
  );
  const parameters = new URLSearchParams(query).toString();
  return parameters === '' ? path : `${path}?${parameters}`;
}

function shownOf({ query, body, shown }: Call): unknown {
  if (shown !== undefined) return shown;
  if (typeof body === 'string') return parsed(body);
  return query ?? {};
}

/** The body as JSON; one that is none has no value. */
function read({ status, text, headers }: HttpResponse): Reply {
  return {
    kind: 'answer',
    httpStatus: status,
    json: parsed(text),
    ...(status === 429 ? { retryAfterMs: retryAfterMs(headers['retry-after']) } : {}),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Biometrics and one-time passwords go over the wire: plain http is for a sandbox on this machine only. */
function refuseOpenNetwork(baseUrl: string): void {
  const { protocol, hostname } = new URL(baseUrl);
  if (protocol !== 'https:' && !/^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname))
    throw new TypeError('Eko is called over https only');
}
