/**
 * The second wall behind path redaction: whatever text is about to leave (a log line, a job's failed reason) loses what looks like a
 * personal number or a secret. It errs on the side of hiding; ids of ours (prefixed base32, uuid) pass.
 */
const RULES: readonly [RegExp, string][] = [
  [/\bey[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g, '[token]'],
  [/\bmk_(?:live|test)_[A-Za-z0-9]{6,}/g, '[api key]'],
  [/\bwhsec_[A-Za-z0-9+/=_-]{8,}/g, '[secret]'],
  [/\b(?:Bearer|Basic)\s+[A-Za-z0-9+/=._-]{8,}/gi, '[authorization]'],
  [/\/\/[^\s:/@]+:[^\s@]+@/g, '//[credentials]@'],
  [/\b[A-Z]{3}[PCHABGJLFTE][A-Z]\d{4}[A-Z]\b/g, '[pan]'],
  [/\b[A-Za-z0-9._-]{2,256}@[A-Za-z][A-Za-z0-9]{1,63}\b(?!\.[A-Za-z])/g, '[vpa]'],
  [/\b[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\b/g, '[email]'],
];
// Digits in runs of 9 to 19, spaced or not: Aadhaar, cards, account numbers. Timestamps in ms have 13 and are hidden too: logs carry ISO times.
const DIGITS = /(?<![A-Za-z0-9_-])\d(?:[ -]?\d){8,18}(?![A-Za-z0-9_-])/g;

/** Hides what looks like a personal number, an address of payment or a secret. */
export function scrub(text: string): string {
  if (text.length < 6) return text;
  let out = text;
  for (const [pattern, replacement] of RULES) out = out.replace(pattern, replacement);
  return out.replace(DIGITS, (match) => `[digits:${match.replaceAll(/\D/g, '').length}]`);
}

/** Scrubs every string inside a value; bounded in depth so that a cyclic or huge object cannot hold up a log call. */
export function scrubValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return scrub(value);
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  if (depth >= 6) return '[deep]';
  if (value instanceof Error) return scrubError(value, depth);
  if (Array.isArray(value)) return value.slice(0, 100).map((v) => scrubValue(v, depth + 1));
  if (Buffer.isBuffer(value)) return `[${value.length} bytes]`;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, scrubValue(v, depth + 1)]));
}

// `detail` and `where` of a PostgreSQL error echo row values, and knex puts the statement with its bindings into the message: only the head is kept.
function scrubError(error: Error, depth: number): Record<string, unknown> {
  const { code, constraint, cause } = error as Error & { code?: unknown; constraint?: unknown };
  return {
    name: error.name,
    code,
    constraint,
    message: scrub(errorHead(error.message)),
    stack: scrub((error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)).slice(0, 12).join('\n')),
    ...(cause === undefined ? {} : { cause: scrubValue(cause, depth + 1) }),
  };
}

/** A driver's message is `<statement> - <reason>`: the statement may hold values, the reason names the constraint. */
export function errorHead(message: string): string {
  const at = message.lastIndexOf(' - ');
  const head = /^\s*(?:select|insert|update|delete|with|begin|commit|rollback|lock)\b/i.test(message) && at > 0 ? message.slice(at + 3) : message;
  return head.slice(0, 500);
}
