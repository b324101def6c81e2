import { createHmac, timingSafeEqual } from 'node:crypto';

/** A field of a form; a name may come more than once. */
export type FormField = readonly [name: string, value: string];

/**
 * Signature V3: base64 of HMAC-SHA256 under the auth token, over the URL, `?`, the fields sorted by name and value
 * with nothing between them, a dot and the nonce. It covers the body, which V2 does not.
 */
export function signatureV3(
  authToken: string,
  { url, fields, nonce }: { url: string; fields: readonly FormField[]; nonce: string },
): Buffer {
  const sorted = fields.toSorted(([a, x], [b, y]) => order(a, b) || order(x, y));
  const text = sorted.length === 0 ? url : `${url}?${sorted.map(([name, value]) => name + value).join('')}`;
  return createHmac('sha256', authToken).update(`${text}.${nonce}`).digest();
}

const order = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Whether one of the signatures of the header, which are separated by commas, is this one. In constant time. */
export function holdsSignature(header: string, expected: Buffer): boolean {
  let found = false;
  for (const text of header.split(',').slice(0, 4)) {
    const given = Buffer.from(text.trim(), 'base64');
    if (given.length === expected.length && timingSafeEqual(given, expected)) found = true;
  }
  return found;
}
