/**
 * Eko's signature of a request. `secret-key` is base64(HMAC-SHA256(key, timestamp)). The key is the base64
 * TEXT of the access key, not its bytes; the timestamp is milliseconds since the epoch as a decimal text and
 * may be two minutes off.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Context } from 'koa';
import { badSecretKey, wrongDeveloperKey } from './answers';

const MAX_SKEW_MS = 120_000;

/** Known results are in the unit test. */
export function secretKeyOf(accessKey: string, timestampMs: string): string {
  return createHmac('sha256', Buffer.from(accessKey, 'utf8').toString('base64'))
    .update(timestampMs)
    .digest('base64');
}

/** Throws Eko's 403 unless all three headers are correct. */
export function checkSignature(
  ctx: Context,
  account: { developerKey: string; accessKey: string },
  nowMs: number,
): void {
  if (!isSame(ctx.get('developer_key'), account.developerKey)) throw wrongDeveloperKey();
  const timestamp = ctx.get('secret-key-timestamp');
  if (!/^\d{13}$/.test(timestamp) || Math.abs(nowMs - Number(timestamp)) > MAX_SKEW_MS) throw badSecretKey();
  if (!isSame(ctx.get('secret-key'), secretKeyOf(account.accessKey, timestamp))) throw badSecretKey();
}

function isSame(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}
