import { createHash } from 'node:crypto';
import type { Connector } from '../../domain/dispatch/provider-port';
import { createHttpClient } from '../../platform/http-client';
import { createCallGuard, DEFAULT_BREAKER } from '../call-guard';
import { readPayout } from './schemas';
import { outcomeOfPayout } from './transformers';

/** A connector in its smallest form: it sends, and answers "unknown" to everything that is not written yet. That is always safe. */
export function createTemplateConnector(options: { baseUrl: string; timeouts: { connectMs: number; totalMs: number } }): Connector {
  const http = createHttpClient({ baseUrl: options.baseUrl, name: 'template', connectTimeoutMs: options.timeouts.connectMs, totalTimeoutMs: options.timeouts.totalMs });
  const guard = createCallGuard({ provider: 'template', maxInFlight: 16, maxQueued: 64, breaker: DEFAULT_BREAKER });

  return {
    name: 'template',
    admit: () => guard.admit(),
    available: () => guard.available(),
    payout: {
      notFound: { then: 'case' }, // until the documentation allows more
      registerBeneficiary: () => Promise.resolve({ ok: true, refs: {} }),
      prepare({ ourReference, amountPaise }) {
        const body = JSON.stringify({ reference: ourReference, amount: amountPaise.toString() });
        return { body, bodyHash: createHash('sha256').update(body).digest() };
      },
      async send(_instruction, prepared, call = {}) {
        const result = await guard.run('payout', () => http.request({ method: 'POST', path: '/payouts', body: prepared.body, ...(call.sendBefore === undefined ? {} : { notAfter: call.sendBefore }) }), call);
        if ('refused' in result) return { kind: 'unknown', sent: false, rawStatus: `<${result.refused}>`, retryAfterMs: result.retryAfterMs };
        if (!result.ok) return { kind: 'unknown', sent: result.sent, rawStatus: `<${result.reason}>` };
        const payout = result.status === 200 ? readPayout(parsed(result.text)) : undefined;
        return payout === undefined ? { kind: 'unknown', sent: true, rawStatus: `<http ${result.status}>`, httpStatus: result.status } : outcomeOfPayout(payout, () => undefined);
      },
      inquire: () => Promise.resolve({ kind: 'unknown', sent: true, rawStatus: '<inquiry not written>' }),
    },
    checkCallback: () => ({ verdict: 'forged', reason: 'the check is not written' }), // nothing passes by default
    parseCallback: () => ({ event: 'unknown' }),
    close: () => http.close(),
  };
}

function parsed(text: string): unknown {
  try { return JSON.parse(text) as unknown; } catch { return undefined; }
}
