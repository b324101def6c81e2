import { performance } from 'node:perf_hooks';
import type { CallLog } from '../domain/api-log/port';
import type { ProviderCallOptions } from '../domain/provider/calls';
import type { Clock } from '../platform/clock';
import { defined } from '../platform/defined';
import {
  createHttpClient,
  type HttpClient,
  type HttpLimits,
  type HttpRequest,
  type HttpResponse,
  type HttpResult,
} from '../platform/http-client';
import type { Log } from '../platform/logger';
import { isSuccess, type OnUnlisted, type Reply } from './answers';
import {
  createCallGuard,
  DEFAULT_BREAKER,
  refusalWord,
  retryAfterMs,
  type BreakerSettings,
  type CallGuard,
  type ProviderMetrics,
  type RateLimit,
  type Refusal,
} from './call-guard';
import { parseJson } from './reading';

/** Options that every connector takes, whichever its provider. */
export interface CallSettings {
  /** Defaults of its calls. In production: connect 3–5 s, total 30 s. */
  timeouts: { connectMs: number; totalMs: number };
  clock: Clock;
  maxInFlight?: number;
  /** Of these, how many may be made while a caller waits; only in the process where callers do. */
  deskInFlight?: number;
  maxQueued?: number;
  breaker?: Partial<BreakerSettings>;
  limiter?: RateLimit;
  log?: Log;
  metrics?: ProviderMetrics;
  callLog?: CallLog;
}

/** How a provider, or one product of it, is reached. */
export interface Endpoint {
  /** The provider, as the API log names it. */
  provider: string;
  /** Where a provider has several endpoints with a guard each: the name of this one in metrics. */
  endpoint?: string;
  /** The name of the company, for the error of an unusable address. */
  company: string;
  baseUrl: string;
  maxAnswerBytes?: number;
  /** Connections beyond those of the guarded calls. */
  moreConnections?: number;
  /**
   * Adds our credentials and sends: once, or once more after a refused token was replaced. Without it calls
   * go out as they are.
   */
  exchange?: Exchange;
  /**
   * True if an error of theirs refuses us and not the call's content: keys, address, product. The breaker
   * counts it as a sign that we are locked out.
   */
  isSetupFault?: (answer: { status: number; text: string }, request: ProviderRequest) => boolean;
  /** Masks a JSON value that was sent or received, for the API log. */
  mask: (value: unknown, operation: string) => unknown;
  /** Masks an answer, where that differs. */
  maskAnswer?: (json: unknown, operation: string) => unknown;
}

export type Send = (headers?: Readonly<Record<string, string>>) => Promise<HttpResult>;

/**
 * `result` is the result of the call; `guarded`, where it differs, is the result that the circuit breaker
 * sees instead.
 */
export type Exchange = (
  send: Send,
) => Promise<{ result: HttpResult } | { result: HttpResult | Refusal; guarded: HttpResult }>;

export interface ProviderRequest {
  /** Our word for the call: a label of metrics and of the API log. */
  operation: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  path: string;
  /** The path without ids and query, for the API log. */
  route: string;
  body?: string | Buffer;
  /** JSON where there is a body, unless this says otherwise. */
  contentType?: string;
  /** The value that is masked for the API log when the body is not JSON. */
  logged?: unknown;
  headers?: Readonly<Record<string, string>>;
  ourReference?: string;
  /** How long this call may take unless the caller says. */
  totalMs?: number;
}

export interface Caller {
  /** Makes one guarded call and notes it in the API log. Never throws; knows no status words. */
  call(request: ProviderRequest, options?: ProviderCallOptions): Promise<Reply>;
  guard: CallGuard;
  /** The pool of connections without the guard, for what a guarded call itself needs: a token. */
  http: HttpClient;
  close(): Promise<void>;
}

const DEFAULT_MAX_IN_FLIGHT = 32;
const DEFAULT_MAX_QUEUED = 256;
const DEFAULT_MAX_ANSWER_BYTES = 1_048_576;

/**
 * Calls one provider over one pool of connections, behind the breaker, the rate limit and the bulkhead
 * (call-guard.ts). Throws TypeError for an address that is neither https nor of this machine: keys go over
 * the wire with every call.
 */
export function createCaller(endpoint: Endpoint, settings: CallSettings): Caller {
  const { provider, endpoint: name = provider, exchange = sendOnce } = endpoint;
  const { clock, limiter, log, metrics, callLog } = settings;
  const maxInFlight = settings.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT;
  const http = openPool({ ...endpoint, name }, settings, maxInFlight + (endpoint.moreConnections ?? 0));
  const guard = createCallGuard({
    provider: name,
    maxInFlight,
    maxQueued: settings.maxQueued ?? DEFAULT_MAX_QUEUED,
    ...defined({ deskInFlight: settings.deskInFlight }),
    breaker: { ...DEFAULT_BREAKER, ...settings.breaker },
    limiter,
    log,
    metrics,
  });

  async function guardedCall(
    request: ProviderRequest,
    options: ProviderCallOptions,
  ): Promise<HttpResult | Refusal> {
    let exchanged: Awaited<ReturnType<Exchange>> | undefined;
    const send: Send = (headers) => http.request(httpRequest(request, options, headers));
    const result = await guard.run(
      request.operation,
      async () => {
        exchanged = await exchange(send);
        const result = 'guarded' in exchanged ? exchanged.guarded : exchanged.result;
        return isMisdirected(endpoint, request, result) ? { ...result, status: 401 } : result;
      },
      { admitted: options.admitted, signal: options.signal, who: options.who },
    );
    return 'refused' in result ? result : (exchanged?.result ?? result);
  }

  async function call(request: ProviderRequest, options: ProviderCallOptions = {}): Promise<Reply> {
    const startedMs = performance.now();
    const result = await guardedCall(request, options);
    const reply = replyOf(result);
    callLog?.note({
      provider,
      operation: request.operation,
      method: request.method,
      route: request.route,
      result: resultWord(result),
      latencyMs: Math.round(performance.now() - startedMs),
      at: clock.now(),
      ...defined({
        transactionId: options.transactionId,
        ourReference: request.ourReference,
        ...maskedExchange(endpoint, request, reply),
      }),
    });
    return reply;
  }

  return { call, guard, http, close: () => http.close() };
}

/**
 * An answer that comes from no API, or that refuses us: a wrong address, a page of somebody on the way, an
 * unknown product. The breaker sees it as a refusal at the door, so that the flow stops instead of taking
 * everybody's payments there.
 */
function isMisdirected(
  { isSetupFault }: Endpoint,
  request: ProviderRequest,
  result: HttpResult,
): result is Extract<HttpResult, { ok: true }> {
  if (!result.ok || result.status >= 500 || result.status === 429) return false;
  return !/^\s*[[{]/.test(result.text) || isSetupFault?.(result, request) === true;
}

/** The entry of a call in the API log. */
function maskedExchange(
  { mask, maskAnswer = mask }: Endpoint,
  { operation, body, logged }: ProviderRequest,
  reply: Reply,
): { request: unknown; response: unknown } {
  const given = logged ?? (typeof body === 'string' ? parseJson(body) : undefined);
  const answered = reply.kind === 'answer' ? reply.json : undefined;
  return {
    request: given === undefined ? undefined : mask(given, operation),
    response: answered === undefined ? undefined : maskAnswer(answered, operation),
  };
}

const sendOnce: Exchange = async (send) => ({ result: await send() });

/** A pool of connections with the time-outs of the settings. */
export function openPool(
  {
    company,
    name,
    baseUrl,
    maxAnswerBytes,
  }: Pick<Endpoint, 'company' | 'baseUrl' | 'maxAnswerBytes'> & { name: string },
  { timeouts, clock }: CallSettings,
  connections: number,
): HttpClient {
  refuseOpenNetwork(company, baseUrl);
  return createHttpClient({
    baseUrl,
    name,
    clock,
    connections,
    maxResponseBytes: maxAnswerBytes ?? DEFAULT_MAX_ANSWER_BYTES,
    connectTimeoutMs: timeouts.connectMs,
    headersTimeoutMs: timeouts.totalMs,
    bodyTimeoutMs: timeouts.totalMs,
    totalTimeoutMs: timeouts.totalMs,
  });
}

/** Keys, tokens and personal data go over the wire: plain http is for a sandbox on this machine only. */
function refuseOpenNetwork(company: string, baseUrl: string): void {
  const { protocol, hostname } = new URL(baseUrl);
  if (protocol !== 'https:' && !/^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname))
    throw new TypeError(`${company} is called over https only`);
}

function httpRequest(
  { method, path, body, contentType, headers, totalMs }: ProviderRequest,
  { timeouts, sendBefore, signal }: ProviderCallOptions,
  credentials: Readonly<Record<string, string>> = {},
): HttpRequest {
  const type = contentType ?? (body === undefined ? undefined : 'application/json');
  return {
    method,
    path,
    headers: {
      ...credentials,
      accept: 'application/json',
      ...defined({ 'content-type': type }),
      ...headers,
    },
    limits: limitsOf(timeouts?.connectMs, timeouts?.totalMs ?? totalMs),
    body,
    notAfter: sendBefore,
    signal,
  };
}

function limitsOf(connectMs: number | undefined, totalMs: number | undefined): Partial<HttpLimits> {
  return defined({
    connectTimeoutMs: connectMs,
    totalTimeoutMs: totalMs,
    headersTimeoutMs: totalMs,
    bodyTimeoutMs: totalMs,
  });
}

function replyOf(result: HttpResult | Refusal): Reply {
  if ('refused' in result)
    return { kind: 'refusal', word: refusalWord(result.refused), retryAfterMs: result.retryAfterMs };
  if (!result.ok)
    return {
      kind: 'failure',
      reason: result.reason,
      sent: result.sent,
      ...defined({ status: result.status }),
    };
  return readResponse(result);
}

/** The body as JSON. A broken one matters only in a success: anything else is known by its status already. */
export function readResponse({
  status,
  text,
  headers,
}: HttpResponse): Extract<Reply, { kind: 'answer' | 'unreadable' }> {
  const json = parseJson(text);
  if (json === undefined && isSuccess(status)) return { kind: 'unreadable', status };
  const retry = status === 429 ? retryAfterMs(headers['retry-after']) : undefined;
  return { kind: 'answer', status, json, ...defined({ retryAfterMs: retry }) };
}

/** How the API log writes the result of a call: the HTTP status, or why there was none. */
export function resultWord(result: HttpResult | Refusal): string {
  if ('refused' in result) return result.refused;
  return result.ok ? String(result.status) : result.reason;
}

/** Counts and logs each word of a provider that is not documented. */
export function unlistedReporter(provider: string, { log, metrics }: CallSettings): OnUnlisted {
  return (status) => {
    metrics?.unlistedStatus(provider, status);
    log?.warn({ provider, status }, 'the provider used a word that is not documented; it decides nothing');
  };
}
