import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { bodyWithOtp } from '../../scripts/customers/customer';
import type { BenchUser } from './users';

export interface LoadOptions {
  apiUrl: string;
  users: readonly BenchUser[];
  count: number;
  callers: number;
  /** The number of account numbers; each user pays one of them. 0: a new one for each payout. */
  beneficiaries: number;
  /** So many a second, at most; as fast as they are accepted where nothing is said. */
  perSecond?: number;
}

/** One request of a load. */
export interface LoadRequest {
  path: string;
  apiKey: string;
  body: string;
  /** Asked for before, and not part of the latency: a one-time password of the customer, whose id goes into the body. */
  otp?: { path: string; body: string };
  /** For services where a 202 is not the expected answer: whether this answer is, and what the caller sends next. */
  heard?: (answer: { status: number; text: string }) => {
    isGood: boolean;
    next?: { path: string; body: string };
  };
}

/** `refused`: how many were not answered as expected. The latencies are those of the orders, without what is sent before and after. */
export interface Sent {
  startedAt: Date;
  refused: number;
  latenciesMs: number[];
}

/** Sends payouts from several callers as fast as they are accepted. Returns when the first was sent and how many were refused. */
export async function sendPayouts(o: LoadOptions): Promise<Sent> {
  return sendAll(o, (n) => {
    const user = o.users[n % o.users.length]!;
    return {
      path: '/v1/payouts',
      apiKey: user.apiKey,
      body: payoutBody(o.beneficiaries === 0 ? 1_000_000 + n : (n % o.users.length) % o.beneficiaries),
    };
  });
}

/** Sends `count` requests, the n-th as `requestOf` makes it. */
export async function sendAll(
  o: Pick<LoadOptions, 'apiUrl' | 'count' | 'callers' | 'perSecond'>,
  requestOf: (n: number) => LoadRequest,
): Promise<Sent> {
  const pool = new Pool(o.apiUrl, { connections: o.callers });
  const startedAt = new Date();
  const latenciesMs: number[] = [];
  let next = 0;
  let refused = 0;
  await Promise.all(
    Array.from({ length: o.callers }, async () => {
      while (next < o.count) {
        const n = next;
        next += 1;
        await untilDue(startedAt, n, o.perSecond);
        const wanted = requestOf(n);
        const request = wanted.otp === undefined ? wanted : await withOtp(pool, wanted, wanted.otp);
        if (request === undefined) {
          refused += 1;
          continue;
        }
        const sent = performance.now();
        const answer = await post(pool, request.apiKey, request, request.heard !== undefined);
        latenciesMs.push(performance.now() - sent);
        if (!(await isAsHoped(pool, request, answer))) refused += 1;
      }
    }),
  );
  await pool.close();
  return { startedAt, refused, latenciesMs };
}

/** The n-th of a load at a pace is due so long after the first. */
async function untilDue(startedAt: Date, n: number, perSecond: number | undefined): Promise<void> {
  if (perSecond === undefined) return;
  const leftMs = startedAt.getTime() + (n * 1_000) / perSecond - Date.now();
  if (leftMs > 0) await pause(leftMs);
}

/** The request with the id of its one-time password; undefined if none was sent. */
async function withOtp(
  pool: Pool,
  request: LoadRequest,
  otp: NonNullable<LoadRequest['otp']>,
): Promise<LoadRequest | undefined> {
  const body = bodyWithOtp(request.body, await post(pool, request.apiKey, otp, true));
  return body === undefined ? undefined : { ...request, body };
}

async function isAsHoped(
  pool: Pool,
  { apiKey, heard }: LoadRequest,
  answer: { status: number; text: string },
): Promise<boolean> {
  if (heard === undefined) return answer.status === 202;
  const { isGood, next } = heard(answer);
  return next === undefined ? isGood : (await post(pool, apiKey, next, false)).status === 200 && isGood;
}

async function post(
  pool: Pool,
  apiKey: string,
  { path, body }: { path: string; body: string },
  isRead: boolean,
): Promise<{ status: number; text: string }> {
  const answer = await pool.request({
    method: 'POST',
    path,
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body,
  });
  if (isRead) return { status: answer.statusCode, text: await answer.body.text() };
  await answer.body.dump();
  return { status: answer.statusCode, text: '' };
}

/** A payout of ₹100 to the n-th account; every account ends in 0000 (success). */
export function payoutBody(n: number): string {
  return JSON.stringify({
    amount: 10_000,
    currency: 'INR',
    beneficiary: {
      name: 'Bench Beneficiary',
      account_number: `${String(n).padStart(8, '1')}0000`,
      ifsc: 'HDFC0000053',
    },
    mode: 'IMPS',
    reference: randomUUID(),
    narration: 'Bench',
  });
}
