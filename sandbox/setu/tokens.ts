/**
 * Bearer tokens of one product: opaque, with a lifetime, in memory only. A restart makes every token unknown.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';

const MAX_TOKENS = 10_000;

export interface Tokens {
  /** A new token; undefined for wrong credentials. Counts every request. */
  issue(credentials: { id: unknown; secret: unknown }): string | undefined;
  accepts(authorization: string): boolean;
  /** Makes every token unknown and returns how many there were. */
  expireAll(): number;
  counts(): { requested: number; issued: number; refused: number; live: number; calls_refused: number };
}

export function createTokens({
  id,
  secret,
  lifeMs,
  nowMs,
}: {
  id: string;
  secret: string;
  lifeMs: () => number;
  nowMs: () => number;
}): Tokens {
  const expiries = new Map<string, number>();
  let requested = 0;
  let issued = 0;
  let callsRefused = 0;
  return {
    issue(given) {
      requested += 1;
      if (!isSame(given.id, id) || !isSame(given.secret, secret)) return undefined;
      issued += 1;
      const token = [18, 48, 32].map((bytes) => randomBytes(bytes).toString('base64url')).join('.');
      expiries.set(token, nowMs() + lifeMs());
      if (expiries.size > MAX_TOKENS) expiries.delete(expiries.keys().next().value!);
      return token;
    },
    accepts(authorization) {
      const expiry = expiries.get(/^Bearer ([\w.~+/-]+=*)$/.exec(authorization)?.[1] ?? '');
      const isGood = expiry !== undefined && nowMs() < expiry;
      if (!isGood) callsRefused += 1;
      return isGood;
    },
    expireAll() {
      const { size } = expiries;
      expiries.clear();
      return size;
    },
    counts: () => ({
      requested,
      issued,
      refused: requested - issued,
      live: [...expiries.values()].filter((expiry) => nowMs() < expiry).length,
      calls_refused: callsRefused,
    }),
  };
}

function isSame(given: unknown, expected: string): boolean {
  const left = Buffer.from(typeof given === 'string' ? given : '');
  const right = Buffer.from(expected);
  return left.length === right.length && timingSafeEqual(left, right);
}
