import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { percentile } from './flags';
import { payoutBody } from './payouts';

/** Requests of each class of limits, and two ways to send them: without a pause, and so many a second. */
export const FLOODS = ['money', 'desk', 'read', 'list', 'wait', 'unknown'] as const;
export type Flood = (typeof FLOODS)[number];

/** What a process of load is told to send. */
export type EdgeLoad =
  | {
      kind: 'usual' | 'payouts';
      url: string;
      keys: readonly string[];
      perSecond: number;
      seconds: number;
      connections: number;
      /** When the time is over nothing more is sent, also of what was due. */
      endsInTime?: true;
    }
  | {
      kind: 'flood';
      url: string;
      key: string;
      flood: Flood;
      connections: number;
      seconds: number;
      /** The transaction that a flood of waits waits for. */
      awaited: string;
    };

export interface EdgeRequest {
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  body?: string;
}
/** What is counted of the answers. `p99Ms` is of those that were not refused. */
export interface Answers {
  sent: number;
  tookS: number;
  perSecond: number;
  ok: number;
  statuses: Record<string, number>;
  /** Refusals with 429 or 503 that did not say when to come back. */
  withoutRetryAfter: number;
  p50Ms: number;
  p99Ms: number;
  meanMs: number;
}

const headersOf = (key: string): Record<string, string> => ({
  authorization: `Bearer ${key}`,
  'content-type': 'application/json',
});

export function floodRequest(flood: Flood, key: string, n: number, awaited: string): EdgeRequest {
  const headers = headersOf(key);
  switch (flood) {
    case 'money':
      return payout(key, n);
    case 'desk':
      return {
        method: 'POST',
        path: '/v1/recharge/operators',
        headers,
        body: JSON.stringify({ mobile: `98${String(n % 10_000).padStart(4, '0')}0000` }),
      };
    case 'read':
      return { method: 'GET', path: '/v1/wallets', headers };
    case 'list':
      return { method: 'GET', path: '/v1/transactions?status=REVERSED&limit=100', headers };
    case 'wait':
      return {
        method: 'GET',
        path: `/v1/transactions/${awaited}`,
        headers: { ...headers, prefer: 'wait=5' },
      };
    case 'unknown':
      return { method: 'GET', path: '/v1/wallets', headers: headersOf(`mk_test_${'x'.repeat(49)}`) };
  }
}

function payout(key: string, n: number): EdgeRequest {
  return {
    method: 'POST',
    path: '/v1/payouts',
    headers: { ...headersOf(key), 'idempotency-key': randomUUID() },
    body: payoutBody(n % 200),
  };
}

/** What others do meanwhile: half of it pays, the rest reads, now and then a list and a question at the desk. */
export function usualRequest(key: string, n: number): EdgeRequest {
  const place = n % 20;
  if (place < 10) return payout(key, n);
  if (place < 17) return floodRequest('read', key, n, '');
  return floodRequest(place < 19 ? 'list' : 'desk', key, n, '');
}

/**
 * So many a second for some seconds, whatever comes back, on so many connections at most; the latency counts from
 * when each was due.
 */
export async function sendAtRate(
  url: string,
  {
    perSecond,
    seconds,
    connections,
    endsInTime,
  }: Omit<Extract<EdgeLoad, { perSecond: number }>, 'kind' | 'url'>,
  requestOf: (n: number) => EdgeRequest,
): Promise<Answers> {
  const pool = new Pool(url, { connections });
  const tally = createTally();
  const started = performance.now();
  const total = Math.round(perSecond * seconds);
  const until = endsInTime === true ? started + seconds * 1_000 : Infinity;
  let next = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (next < total && performance.now() < until) {
        const n = next;
        next += 1;
        const due = started + (n * 1_000) / perSecond;
        const earlyMs = due - performance.now();
        if (earlyMs > 1) await pause(earlyMs);
        await tally.ask(pool, requestOf(n), due);
      }
    }),
  );
  await pool.destroy();
  return tally.answers((performance.now() - started) / 1_000);
}

/** On each connection the next as soon as one is answered. */
export async function sendWithoutPause(
  url: string,
  { connections, seconds }: { connections: number; seconds: number },
  requestOf: (n: number) => EdgeRequest,
): Promise<Answers> {
  const pool = new Pool(url, { connections });
  const tally = createTally();
  const started = performance.now();
  let n = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() - started < seconds * 1_000) {
        n += 1;
        await tally.ask(pool, requestOf(n), performance.now());
      }
    }),
  );
  await pool.destroy();
  return tally.answers((performance.now() - started) / 1_000);
}

function createTally() {
  const statuses: Record<string, number> = {};
  const okMs: number[] = [];
  let sent = 0;
  let allMs = 0;
  let withoutRetryAfter = 0;
  return {
    async ask(pool: Pool, request: EdgeRequest, since: number): Promise<void> {
      sent += 1;
      let status: string;
      try {
        const answer = await pool.request({ ...request, headersTimeout: 60_000, bodyTimeout: 60_000 });
        await answer.body.dump();
        status = String(answer.statusCode);
        const isRefused = answer.statusCode === 429 || answer.statusCode === 503;
        if (isRefused && answer.headers['retry-after'] === undefined) withoutRetryAfter += 1;
      } catch (error) {
        status = `no answer: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`;
      }
      const tookMs = performance.now() - since;
      allMs += tookMs;
      if (status.startsWith('2')) okMs.push(tookMs);
      statuses[status] = (statuses[status] ?? 0) + 1;
    },
    answers(seconds: number): Answers {
      const has = okMs.length > 0;
      return {
        sent,
        tookS: seconds,
        perSecond: sent / seconds,
        ok: okMs.length,
        statuses,
        withoutRetryAfter,
        p50Ms: has ? percentile(okMs, 50) : 0,
        p99Ms: has ? percentile(okMs, 99) : 0,
        meanMs: allMs / Math.max(1, sent),
      };
    },
  };
}
