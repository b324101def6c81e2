import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import type { BenchUser } from './users';

export interface LoadOptions {
  apiUrl: string;
  users: readonly BenchUser[];
  count: number;
  callers: number;
  /** How many account numbers there are; each user pays one of them. 0: a new one with each payout. */
  beneficiaries: number;
}

export interface Sent { startedAt: Date; refused: number; latenciesMs: number[] }

/** Sends payouts from so many callers as fast as they are accepted. Returns when the first was sent, and how many were not accepted. */
export async function sendPayouts(o: LoadOptions): Promise<Sent> {
  return sendAll(o, (n) => {
    const user = o.users[n % o.users.length]!;
    return { path: '/v1/payouts', apiKey: user.apiKey, body: payoutBody(o.beneficiaries === 0 ? 1_000_000 + n : (n % o.users.length) % o.beneficiaries) };
  });
}

/** Sends so many requests, the n-th as `requestOf` makes it. */
export async function sendAll(o: Pick<LoadOptions, 'apiUrl' | 'count' | 'callers'>, requestOf: (n: number) => { path: string; apiKey: string; body: string }): Promise<Sent> {
  const pool = new Pool(o.apiUrl, { connections: o.callers });
  const startedAt = new Date();
  const latenciesMs: number[] = [];
  let next = 0;
  let refused = 0;
  await Promise.all(Array.from({ length: o.callers }, async () => {
    while (next < o.count) {
      const n = next;
      next += 1;
      const request = requestOf(n);
      const sent = performance.now();
      const { statusCode, body } = await pool.request({
        method: 'POST', path: request.path, headers: { authorization: `Bearer ${request.apiKey}`, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
        body: request.body,
      });
      await body.dump();
      latenciesMs.push(performance.now() - sent);
      if (statusCode !== 202) refused += 1;
    }
  }));
  await pool.close();
  return { startedAt, refused, latenciesMs };
}

/** A payout of ₹100 to the n-th account; every account ends in 0000 (success). */
export function payoutBody(n: number): string {
  return JSON.stringify({
    amount: 10_000, currency: 'INR', beneficiary: { name: 'Bench Beneficiary', account_number: `${String(n).padStart(8, '1')}0000`, ifsc: 'HDFC0000053' },
    mode: 'IMPS', reference: randomUUID(), narration: 'Bench',
  });
}
