import type { ProviderCallOptions } from '../../domain/provider/calls';
import type { CallLog } from '../../domain/api-log/port';
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
import { masked, maskedText, routeOf } from './call-log';
import type { Reply } from './transformers';

export interface RazorpayxClientOptions {
  baseUrl: string;
  keyId: string;
  keySecret: string;
  /** Production: connect 3–5 s, total 30 s. */
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

export type Operation =
  | 'contact'
  | 'fund_account'
  | 'payout'
  | 'payout_by_id'
  | 'payout_by_reference'
  | 'statement';

export interface Call {
  method: 'GET' | 'POST';
  path: string;
  body?: string;
  headers?: Record<string, string>;
  /** Of the transaction's attempt; for the API log. */ ourReference?: string;
}

export interface RazorpayxClient {
  call(operation: Operation, call: Call, options?: ProviderCallOptions): Promise<Reply>;
  guard: CallGuard;
  close(): Promise<void>;
}

const MAX_ANSWER_BYTES = 1_048_576;

/** HTTP Basic over one pool of connections, behind the breaker, the rate limit and the bulkhead (call-guard.ts). Never throws; knows no status words. */
export function createRazorpayxClient(options: RazorpayxClientOptions): RazorpayxClient {
  const { baseUrl, keyId, keySecret, timeouts, clock, log, metrics, limiter, callLog } = options;
  refuseOpenNetwork(baseUrl);
  if (!/^[\x21-\x39\x3b-\x7e]{4,100}$/.test(keyId) || keySecret.length < 4)
    throw new TypeError('the Razorpay key is not usable');
  const authorization = `Basic ${Buffer.from(`${keyId}:${keySecret}`, 'utf8').toString('base64')}`;
  const maxInFlight = options.maxInFlight ?? 32;
  const http = createHttpClient({
    baseUrl,
    name: 'razorpayx',
    clock,
    connections: maxInFlight,
    maxResponseBytes: MAX_ANSWER_BYTES,
    connectTimeoutMs: timeouts.connectMs,
    headersTimeoutMs: timeouts.totalMs,
    bodyTimeoutMs: timeouts.totalMs,
    totalTimeoutMs: timeouts.totalMs,
  });
  const guard = createCallGuard({
    provider: 'razorpayx',
    maxInFlight,
    maxQueued: options.maxQueued ?? 256,
    breaker: { ...DEFAULT_BREAKER, ...options.breaker },
    ...(limiter === undefined ? {} : { limiter }),
    ...(log === undefined ? {} : { log }),
    ...(metrics === undefined ? {} : { metrics }),
  });

  async function exchange(
    operation: Operation,
    request: Call,
    { timeouts: own, sendBefore, signal, admitted }: ProviderCallOptions,
  ): Promise<{ reply: Reply; result: string; latencyMs: number }> {
    const headers = {
      authorization,
      accept: 'application/json',
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...request.headers,
    };
    const limits: Partial<HttpLimits> = {
      ...(own?.connectMs === undefined ? {} : { connectTimeoutMs: own.connectMs }),
      ...(own?.totalMs === undefined
        ? {}
        : { totalTimeoutMs: own.totalMs, headersTimeoutMs: own.totalMs, bodyTimeoutMs: own.totalMs }),
    };
    const result = await guard.run(
      operation,
      () =>
        http.request({
          method: request.method,
          path: request.path,
          headers,
          limits,
          ...optional({ body: request.body, notAfter: sendBefore, signal }),
        }),
      optional({ admitted, signal }),
    );
    if ('refused' in result)
      return {
        reply: { kind: 'refusal', word: refusalWord(result.refused), retryAfterMs: result.retryAfterMs },
        result: result.refused,
        latencyMs: 0,
      };
    const latencyMs = result.elapsedMs;
    if (!result.ok)
      return {
        reply: {
          kind: 'failure',
          reason: result.reason,
          sent: result.sent,
          ...optional({ status: result.status }),
        },
        result: result.reason,
        latencyMs,
      };
    return { reply: read(result), result: String(result.status), latencyMs };
  }

  async function call(
    operation: Operation,
    request: Call,
    callOptions: ProviderCallOptions = {},
  ): Promise<Reply> {
    const { reply, result, latencyMs } = await exchange(operation, request, callOptions);
    callLog?.note({
      provider: 'razorpayx',
      operation,
      method: request.method,
      route: routeOf(request.path),
      result,
      latencyMs,
      at: clock.now(),
      ...optional({
        transactionId: callOptions.transactionId,
        ourReference: request.ourReference,
        request: maskedText(request.body),
        response: reply.kind === 'answer' ? masked(reply.json) : undefined,
      }),
    });
    return reply;
  }

  return { call, guard, close: () => http.close() };
}

/** The body as JSON. A broken one matters only where a payout should be: what is not 2xx is known by its status already. */
function read({ status, text, headers }: HttpResponse): Reply {
  const retry = status === 429 ? { retryAfterMs: retryAfterMs(headers['retry-after']) } : {};
  try {
    return { kind: 'answer', status, json: JSON.parse(text) as unknown, ...retry };
  } catch {
    return status >= 200 && status < 300
      ? { kind: 'unreadable', status }
      : { kind: 'answer', status, json: undefined, ...retry };
  }
}

/** The key goes over the wire with every call: plain http is for a sandbox on this machine only. */
function refuseOpenNetwork(baseUrl: string): void {
  const { protocol, hostname } = new URL(baseUrl);
  if (protocol !== 'https:' && !/^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname))
    throw new TypeError('Razorpay is called over https only');
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
function optional<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== undefined)) as Defined<T>;
}
