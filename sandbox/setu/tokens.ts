/** Bearer tokens of one product: opaque, with a life time, in memory only, so that a restart makes every token unknown. */
import { randomBytes, timingSafeEqual } from 'node:crypto';

const MOST_TOKENS = 10_000;

export interface Tokens {
  /** Takes the credentials; undefined when they are wrong. Counts every request. */
  issue(credentials: { id: unknown; secret: unknown }): string | undefined;
  accepts(authorization: string): boolean;
  /** Makes every token unknown; returns how many there were. */
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
      const token = `${randomBytes(18).toString('base64url')}.${randomBytes(48).toString('base64url')}.${randomBytes(32).toString('base64url')}`;
      expiries.set(token, nowMs() + lifeMs());
      if (expiries.size > MOST_TOKENS) expiries.delete(expiries.keys().next().value!);
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
