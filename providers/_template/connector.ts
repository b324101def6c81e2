import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Connector } from '../../domain/connectors';
import type { ProviderCallOptions } from '../../domain/provider/calls';
import { createHttpClient } from '../../platform/http-client';
import { paiseToJson } from '../../platform/money';
import { createCallGuard, DEFAULT_BREAKER, refusalWord } from '../call-guard';
import type { KeyedConnectorOptions } from '../keyed';
import { masked } from './call-log';
import { readPayout } from './schemas';
import { outcomeOfPayout, type Reply } from './transformers';

/** A connector in its smallest form: it sends, and answers "unknown" or "pending" to everything that is not written yet. That is always safe. */
export function createTemplateConnector(options: KeyedConnectorOptions): Connector {
  const { baseUrl, apiKey, timeouts, clock, callLog, log, metrics, limiter, maxInFlight = 16 } = options;
  const http = createHttpClient({
    baseUrl,
    name: 'template',
    clock,
    connections: maxInFlight,
    connectTimeoutMs: timeouts.connectMs,
    totalTimeoutMs: timeouts.totalMs,
  });
  const guard = createCallGuard({
    provider: 'template',
    maxInFlight,
    maxQueued: 64,
    breaker: { ...DEFAULT_BREAKER, ...options.breaker },
    limiter,
    log,
    metrics,
  });
  const onUnlisted = (status: string): void => {
    metrics?.unlistedStatus('template', status);
  };

  async function exchange(
    operation: string,
    path: string,
    body: string,
    call: ProviderCallOptions,
  ): Promise<{ reply: Reply; result: string }> {
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
    const limits = {
      ...(call.timeouts?.connectMs === undefined ? {} : { connectTimeoutMs: call.timeouts.connectMs }),
      ...(call.timeouts?.totalMs === undefined ? {} : { totalTimeoutMs: call.timeouts.totalMs }),
    };
    const result = await guard.run(
      operation,
      () =>
        http.request({
          method: 'POST',
          path,
          headers,
          body,
          limits,
          signal: call.signal,
          notAfter: call.sendBefore,
        }),
      call,
    );
    if ('refused' in result)
      return {
        reply: { kind: 'refusal', word: refusalWord(result.refused), retryAfterMs: result.retryAfterMs },
        result: result.refused,
      };
    if (!result.ok)
      return { reply: { kind: 'failure', reason: result.reason, sent: result.sent }, result: result.reason };
    return {
      reply: { kind: 'answer', status: result.status, json: parsed(result.text) },
      result: String(result.status),
    };
  }

  async function post(
    operation: string,
    path: string,
    body: string,
    ourReference: string,
    call: ProviderCallOptions,
  ): Promise<Reply> {
    const startedMs = performance.now();
    const { reply, result } = await exchange(operation, path, body, call);
    callLog?.note({
      provider: 'template',
      operation,
      method: 'POST',
      route: path,
      result,
      latencyMs: performance.now() - startedMs,
      at: clock.now(),
      ourReference,
      request: masked(parsed(body)),
      ...(call.transactionId === undefined ? {} : { transactionId: call.transactionId }),
      ...(reply.kind === 'answer' ? { response: masked(reply.json) } : {}),
    });
    return reply;
  }

  return {
    name: 'template',
    admit: () => guard.admit(),
    available: () => guard.available(),
    payout: {
      notFound: { then: 'case' }, // until the documentation allows more
      registerBeneficiary: () => Promise.resolve({ ok: true, refs: {} }),
      prepare({ ourReference, amountPaise }) {
        const body = JSON.stringify({ reference: ourReference, amount: paiseToJson(amountPaise) });
        return { body, bodyHash: createHash('sha256').update(body).digest() };
      },
      async send({ ourReference }, prepared, call = {}) {
        return outcomeOfPayout(
          await post('payout', '/payouts', prepared.body, ourReference, call),
          readPayout,
          onUnlisted,
        );
      },
      inquire: () => Promise.resolve({ kind: 'unknown', sent: true, rawStatus: '<inquiry not written>' }),
    },
    checkCallback: () => ({ verdict: 'forged', reason: 'the check is not written' }), // nothing passes by default
    parseCallback: () => ({ event: 'unknown' }),
    close: () => http.close(),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
