import type { ProviderCallOptions } from '../../domain/provider/calls';
import { defined } from '../../platform/defined';
import type { HttpClient, HttpResult } from '../../platform/http-client';
import { isSuccess, type Reply } from '../answers';
import type { CallGuard, Refusal } from '../call-guard';
import {
  createCaller,
  openPool,
  readResponse,
  resultWord,
  type CallSettings,
  type Exchange,
} from '../caller';
import { parseJson } from '../reading';
import { masked, maskedAnswer } from './call-log';
import { createTokens, type TokenAnswer, type Tokens } from './tokens';
import { refusesUs } from './transformers';

/** How a product is reached, and how its token is asked for. */
export interface Product {
  name: 'billpay' | 'recharge';
  baseUrl: string;
  /** Sent with every call. */
  headers: Readonly<Record<string, string>>;
  /** Says of an answer of 5xx whether it is a sound one, which shows the provider to be well. */
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
const NO_TOKEN: Refusal = { refused: 'no_token', retryAfterMs: 1_000 };

/** Calls one product of Setu with a bearer token, behind a breaker, rate limit and bulkhead of its own. */
export function createSetuClient(product: Product, settings: CallSettings): SetuClient {
  const { name, baseUrl, login } = product;
  const pool = { company: 'Setu', name: `setu_${name}`, maxAnswerBytes: MAX_ANSWER_BYTES };
  const caller = createCaller(
    {
      ...pool,
      provider: 'setu',
      endpoint: pool.name,
      baseUrl,
      moreConnections: 1, // for the token, which every other call may be waiting for
      exchange: (send) => exchangeWithToken(product, tokens, send),
      isSetupFault: ({ status, text }) => !isSuccess(status) && refusesUs(parseJson(text)),
      mask: masked,
      maskAnswer: maskedAnswer,
    },
    settings,
  );
  const loginHttp =
    login.baseUrl === baseUrl ? caller.http : openPool({ ...pool, baseUrl: login.baseUrl }, settings, 1);
  const tokens = createTokens({
    clock: settings.clock,
    fetch: () => fetchToken(product, loginHttp, settings),
  });
  return {
    call: (operation, call, options) =>
      caller.call({ operation, route: call.path.split('?', 1)[0]!, ...call }, options),
    guard: caller.guard,
    async close() {
      await Promise.all([caller.close(), ...(loginHttp === caller.http ? [] : [loginHttp.close()])]);
    },
  };
}

/**
 * A call whose token is refused (401) is made once more with a fresh one, inside the same guarded call: a
 * token that ran out is not a fault of the provider, and the refusal created nothing.
 */
async function exchangeWithToken(
  product: Product,
  tokens: Tokens,
  send: Parameters<Exchange>[0],
): ReturnType<Exchange> {
  const sendWith = (token: string): Promise<HttpResult> =>
    send({ ...product.headers, authorization: `Bearer ${token}` });
  const first = await tokens.get();
  if (!first.ok) return { result: NO_TOKEN, guarded: first.result };
  let result = await sendWith(first.token);
  if (result.ok && result.status === 401) {
    tokens.drop(first.token);
    const second = await tokens.get();
    if (!second.ok) return { result: NO_TOKEN, guarded: second.result }; // a token that ran out refuses nobody
    result = await sendWith(second.token);
  }
  return { result, guarded: forBreaker(result, product) };
}

/** The breaker knows the status alone, and counts every 5xx. */
function forBreaker(result: HttpResult, { isSound }: Product): HttpResult {
  if (!result.ok || result.status < 500 || isSound === undefined) return result;
  const answer = readResponse(result);
  return answer.kind === 'answer' && isSound(answer.json) ? { ...result, status: 409 } : result;
}

/**
 * Shared by all callers that wait for a token, so none of their limits apply. Refused credentials count as
 * 401, whatever their status: they must open the breaker.
 */
async function fetchToken(
  { name, login }: Product,
  http: HttpClient,
  { clock, callLog, log }: CallSettings,
): Promise<TokenAnswer> {
  const at = clock.now();
  const result = await http.request({
    method: 'POST',
    path: login.path,
    body: login.body,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
  });
  const answer = result.ok ? readResponse(result) : undefined;
  const token = answer?.kind === 'answer' && isSuccess(answer.status) ? login.read(answer.json) : undefined;
  callLog?.note({
    provider: 'setu',
    operation: `${name}_token`,
    method: 'POST',
    route: login.path,
    result: resultWord(result),
    latencyMs: Math.round(result.elapsedMs),
    at,
    ...defined({
      request: masked(JSON.parse(login.body)),
      response: answer?.kind === 'answer' ? maskedAnswer(answer.json) : undefined,
    }),
  });
  if (token !== undefined) return { ok: true, ...token };
  log?.warn({ provider: 'setu', product: name, result: resultWord(result) }, 'the provider gave no token');
  if (!result.ok || result.status >= 500 || result.status === 429) return { ok: false, result };
  return { ok: false, result: { ...result, status: 401, text: '' } };
}
