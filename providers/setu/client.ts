import { performance } from 'node:perf_hooks';
import type { CallLog } from '../../domain/api-log/port';
import type { ProviderCallOptions } from '../../domain/provider/calls';
import type { Clock } from '../../platform/clock';
import {
  createHttpClient,
  type HttpClient,
  type HttpLimits,
  type HttpRequest,
  type HttpResponse,
  type HttpResult,
} from '../../platform/http-client';
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
  type Refusal,
} from '../call-guard';
import { maskedAnswer, maskedBody } from './call-log';
import { createTokens, type TokenAnswer } from './tokens';
import type { Reply } from './transformers';

/** What both products share. */
export interface SetuCallSettings {
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

/** How a product is reached, and how its token is asked for. */
export interface Product {
  name: 'billpay' | 'recharge';
  baseUrl: string;
  /** Sent with every call. */
  headers: Readonly<Record<string, string>>;
  /** Is an answer of 5xx a sound one, in which the provider is well? */
  isSound?: (json: unknown) => boolean;
  login: {
    baseUrl: string;
    path: string;
    body: string;
    read: (json: unknown) => { token: string; lifeMs: number } | undefined;
  };
}

export interface Call {
  method: 'GET' | 'POST';
  path: string;
  body?: string;
  /** For the API log. */
  ourReference?: string;
}

export interface SetuClient {
  call(operation: string, call: Call, options?: ProviderCallOptions): Promise<Reply>;
  guard: CallGuard;
  close(): Promise<void>;
}

/** Lists of billers come a hundred at a time, with all that the network knows of each. */
const MAX_ANSWER_BYTES = 4_194_304;
const NO_TOKEN_RETRY_MS = 1_000;

/**
 * One product of Setu: a bearer token over one pool of connections, behind a breaker, rate limit and bulkhead of its own (call-guard.ts). A call whose
 * token is refused (401) is made once more with a fresh one, inside the same guarded call: a token that ran out is no illness of the provider, and a
 * refusal at the door created nothing. Never throws; knows no status words.
 */
export function createSetuClient(product: Product, settings: SetuCallSettings): SetuClient {
  const { clock, callLog } = settings;
  const { http, loginHttp, guard } = openDoors(product, settings);
  const tokens = createTokens({ clock, fetch: () => fetchToken(product, loginHttp, settings) });

  async function call(operation: string, request: Call, options: ProviderCallOptions = {}): Promise<Reply> {
    const at = clock.now();
    const startedMs = performance.now();
    let hasToken = false;
    let answered: HttpResult | undefined;
    const send = (token: string): Promise<HttpResult> =>
      http.request(httpRequest(product, request, token, options));
    const guarded = await guard.run(
      operation,
      async () => {
        const first = await tokens.get();
        if (!first.ok) return first.result;
        hasToken = true;
        answered = await send(first.token);
        if (answered.ok && answered.status === 401) {
          tokens.drop(first.token);
          const second = await tokens.get();
          if (second.ok) answered = await send(second.token);
        }
        return forBreaker(answered, product);
      },
      optional({ admitted: options.admitted, signal: options.signal }),
    );
    const result = 'refused' in guarded ? guarded : (answered ?? guarded);
    const reply = replyOf(result, hasToken);
    callLog?.note({
      provider: 'setu',
      operation,
      method: request.method,
      route: routeOf(request.path),
      result: resultWord(result, hasToken),
      latencyMs: Math.round(performance.now() - startedMs),
      at,
      ...optional({
        transactionId: options.transactionId,
        ourReference: request.ourReference,
        request: maskedBody(request.body),
        response: reply.kind === 'answer' ? maskedAnswer(reply.json) : undefined,
      }),
    });
    return reply;
  }

  return {
    call,
    guard,
    async close() {
      await Promise.all([http.close(), ...(loginHttp === http ? [] : [loginHttp.close()])]);
    },
  };
}

function openDoors(
  { name, baseUrl, login }: Product,
  settings: SetuCallSettings,
): { http: HttpClient; loginHttp: HttpClient; guard: CallGuard } {
  const { timeouts, clock, limiter, log, metrics } = settings;
  for (const url of [baseUrl, login.baseUrl]) refuseOpenNetwork(url);
  const maxInFlight = settings.maxInFlight ?? 32;
  const open = (url: string, connections: number): HttpClient =>
    createHttpClient({
      baseUrl: url,
      name: `setu_${name}`,
      clock,
      connections,
      maxResponseBytes: MAX_ANSWER_BYTES,
      connectTimeoutMs: timeouts.connectMs,
      headersTimeoutMs: timeouts.totalMs,
      bodyTimeoutMs: timeouts.totalMs,
      totalTimeoutMs: timeouts.totalMs,
    });
  const http = open(baseUrl, maxInFlight + 1); // and one for the token, which every other call may be waiting for
  return {
    http,
    loginHttp: login.baseUrl === baseUrl ? http : open(login.baseUrl, 1),
    guard: createCallGuard({
      provider: `setu_${name}`,
      maxInFlight,
      maxQueued: settings.maxQueued ?? 256,
      breaker: { ...DEFAULT_BREAKER, ...settings.breaker },
      ...optional({ limiter, log, metrics }),
    }),
  };
}

function httpRequest(
  { headers }: Product,
  { method, path, body }: Call,
  token: string,
  { timeouts: own, sendBefore, signal }: ProviderCallOptions,
): HttpRequest {
  const limits: Partial<HttpLimits> = {
    ...optional({ connectTimeoutMs: own?.connectMs }),
    ...(own?.totalMs === undefined
      ? {}
      : { totalTimeoutMs: own.totalMs, headersTimeoutMs: own.totalMs, bodyTimeoutMs: own.totalMs }),
  };
  return {
    method,
    path,
    limits,
    headers: {
      ...headers,
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...optional({ body, notAfter: sendBefore, signal }),
  };
}

/** Shared by all who wait for a token, so none of their limits apply. Refused credentials count as 401, whatever their status: they must open the breaker. */
async function fetchToken(
  { name, login }: Product,
  http: HttpClient,
  { clock, callLog, log }: SetuCallSettings,
): Promise<TokenAnswer> {
  const at = clock.now();
  const result = await http.request({
    method: 'POST',
    path: login.path,
    body: login.body,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
  });
  const answer = result.ok ? read(result) : undefined;
  const token =
    answer?.kind === 'answer' && answer.status >= 200 && answer.status < 300
      ? login.read(answer.json)
      : undefined;
  callLog?.note({
    provider: 'setu',
    operation: `${name}_token`,
    method: 'POST',
    route: login.path,
    result: resultWord(result, true),
    latencyMs: Math.round(result.elapsedMs),
    at,
    ...optional({
      request: maskedBody(login.body),
      response: answer?.kind === 'answer' ? maskedAnswer(answer.json) : undefined,
    }),
  });
  if (token !== undefined) return { ok: true, ...token };
  log?.warn(
    { provider: 'setu', product: name, result: resultWord(result, true) },
    'the provider gave no token',
  );
  if (!result.ok || result.status >= 500 || result.status === 429) return { ok: false, result };
  return { ok: false, result: { ...result, status: 401, text: '' } };
}

/** The breaker knows the status alone, and counts every 5xx. */
function forBreaker(result: HttpResult, { isSound }: Product): HttpResult {
  if (!result.ok || result.status < 500 || isSound === undefined) return result;
  const answer = read(result);
  return answer.kind === 'answer' && isSound(answer.json) ? { ...result, status: 409 } : result;
}

function replyOf(result: HttpResult | Refusal, hasToken: boolean): Reply {
  if ('refused' in result)
    return { kind: 'refusal', word: refusalWord(result.refused), retryAfterMs: result.retryAfterMs };
  if (!hasToken) return { kind: 'refusal', word: '<no token>', retryAfterMs: NO_TOKEN_RETRY_MS };
  if (!result.ok)
    return {
      kind: 'failure',
      reason: result.reason,
      sent: result.sent,
      ...optional({ status: result.status }),
    };
  return read(result);
}

function resultWord(result: HttpResult | Refusal, hasToken: boolean): string {
  if ('refused' in result) return result.refused;
  if (!hasToken) return 'no_token';
  return result.ok ? String(result.status) : result.reason;
}

/** The body as JSON. A broken one matters only where a success should be: what is not 2xx is known by its status already. */
function read({ status, text, headers }: HttpResponse): Exclude<Reply, { kind: 'failure' | 'refusal' }> {
  const retry = status === 429 ? { retryAfterMs: retryAfterMs(headers['retry-after']) } : {};
  try {
    return { kind: 'answer', status, json: JSON.parse(text) as unknown, ...retry };
  } catch {
    return status >= 200 && status < 300
      ? { kind: 'unreadable', status }
      : { kind: 'answer', status, json: undefined, ...retry };
  }
}

const routeOf = (path: string): string => path.split('?', 1)[0]!;

/** Secrets and tokens go over the wire: plain http is for a sandbox on this machine only. */
function refuseOpenNetwork(baseUrl: string): void {
  const { protocol, hostname } = new URL(baseUrl);
  if (protocol !== 'https:' && !/^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname))
    throw new TypeError('Setu is called over https only');
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
function optional<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== undefined)) as Defined<T>;
}
