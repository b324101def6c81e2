/**
 * Removes data that must not be read from anything that leaves (a log line, a job's failed reason): fields by
 * their name, at any depth, and any text that looks like a personal number, a payment address or a secret. It
 * errs on the side of hiding. Our ids, instants and dates pass. Every pattern is bounded, so that no text can
 * hold up the process.
 */
const RULES: readonly [RegExp, string][] = [
  [/\bey[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8,4000}(?:\.[A-Za-z0-9_-]{1,2000})?/g, '[token]'],
  [/mk_(?:live|test)_[A-Za-z0-9_-]{6,200}/g, '[api key]'],
  [/whsec_[A-Za-z0-9+/=_-]{8,200}/g, '[secret]'],
  [/\b(?:Bearer|Basic)\s{1,10}[A-Za-z0-9+/=._~-]{8,4000}/gi, '[authorization]'],
  [/(?<![A-Za-z0-9])[A-Z]{3}[PCHABGJLFTE][A-Z]\d{4}[A-Z](?![A-Za-z0-9])/gi, '[pan]'],
];
const CREDENTIALS = /\/\/[^\s/:@]{0,256}:[^\s"'<>]{1,256}@/g;
// In one pass: a payment address that is followed by an @ would lose its end to an e-mail address, and pass.
const ADDRESS =
  /[A-Za-z0-9._%+-]{1,256}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}|([A-Za-z0-9._-]{2,256}(?:@|%40)[A-Za-z][A-Za-z0-9]{1,63})/g;

// Nine and more digits, spaced or not: Aadhaar, cards, account and phone numbers. What has digits and may be
// read is matched first, whole, and kept: ids of ours, uuids, dates and instants. Amounts of nine and more
// digits are hidden in a text; as a field of their own they are shown.
const DATE = String.raw`20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)`;
const UUID = String.raw`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9A-Za-z])`;
const INSTANT = String.raw`${DATE}(?:[T ][0-2]\d:[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?(?!\d))?`;
const OUR_ID = String.raw`[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}(?![0-9A-Za-z])`;
const KEPT_OR_DIGITS = new RegExp(
  String.raw`(?<![0-9A-Za-z])(?:${OUR_ID}|${UUID}|${INSTANT})|(\d(?:[ -](?!${DATE}|${UUID})\d|\d){8,})`,
  'g',
);

/**
 * A longer text is cut before it is looked at, and loses a little more than what was cut: half a number is
 * not recognised as one.
 */
const MAX_CHARS = 10_000;
const MARGIN_CHARS = 100;

/** Hides what looks like a personal number, an address of payment or a secret. */
export function scrub(text: string): string {
  if (text.length < 6) return text;
  if (text.length > MAX_CHARS)
    return `${scrub(text.slice(0, MAX_CHARS)).slice(0, -MARGIN_CHARS)}[${text.length} characters]`;
  let out = text;
  for (const [pattern, replacement] of RULES) out = out.replace(pattern, replacement);
  if (text.includes('@') || text.includes('%40')) out = hideAddresses(out);
  return out.replace(KEPT_OR_DIGITS, (kept: string, digits: string | undefined) =>
    digits === undefined ? kept : `[digits:${digits.replaceAll(/\D/g, '').length}]`,
  );
}

function hideAddresses(text: string): string {
  return text
    .replace(CREDENTIALS, '//[credentials]@')
    .replace(ADDRESS, (_address, vpa: string | undefined) => (vpa === undefined ? '[email]' : '[vpa]'));
}

/** Fields that are hidden whatever they hold; compared without case, `_` and `-`. */
const HIDDEN_FIELDS = new Set([
  'authorization',
  'password',
  'passwordhash',
  'secret',
  'keysecret',
  'webhooksecret',
  'token',
  'cookie',
  'setcookie',
  'apikey',
  'otp',
  'pin',
  'mpin',
  'aadhaar',
  'pan',
  'pid',
  'accountnumber',
  'vpa',
  'ifsc',
  'beneficiary',
  'beneficiaryname',
  'holdername',
  'details',
  'body',
  'rawbody',
  'bindings',
  'email',
  'phone',
  'mobile',
]);
const HIDDEN = '[redacted]';
const MAX_ENTRIES = 100;
const MAX_DEPTH = 6;

/**
 * Hides fields by name and scrubs every string inside a value; bounded in depth and width, so that a cyclic
 * or huge object cannot hold up a log call.
 */
export function scrubValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return scrub(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (depth >= MAX_DEPTH) return '[deep]';
  if (value instanceof Error) return scrubError(value, depth);
  if (value instanceof URL) return scrub(value.href);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value) || value instanceof Set)
    return [...value].slice(0, MAX_ENTRIES).map((v) => scrubValue(v, depth + 1));
  const entries: [string, unknown][] =
    value instanceof Map
      ? [...value].map(([k, v]) => [typeof k === 'object' ? '[object]' : String(k), v])
      : Object.entries(value);
  return Object.fromEntries(
    entries
      .slice(0, MAX_ENTRIES)
      .map(([k, v]) => [scrub(k), isHiddenField(k) ? HIDDEN : scrubValue(v, depth + 1)]),
  );
}

function isHiddenField(name: string): boolean {
  return HIDDEN_FIELDS.has(name.toLowerCase().replaceAll(/[_-]/g, ''));
}

// `detail` and `where` of a PostgreSQL error echo row values, and knex puts the statement with its bindings
// into the message: only the head is kept.
function scrubError(error: Error, depth: number): Record<string, unknown> {
  const { code, constraint, cause } = error as Error & { code?: unknown; constraint?: unknown };
  return {
    name: error.name,
    code,
    constraint,
    message: scrub(errorHead(error.message)),
    stack: scrub(
      (error.stack ?? '')
        .split('\n')
        .filter((line) => /^\s+at \S/.test(line))
        .slice(0, 12)
        .join('\n'),
    ),
    ...(cause === undefined ? {} : { cause: scrubValue(cause, depth + 1) }),
  };
}

/**
 * The part of a message that may be shown. A driver's message is `<statement> - <reason>`: the statement may
 * hold values, the reason names the constraint. Text that a reason quotes after a colon (`invalid input
 * syntax for type uuid: "…"`) or a JSON error out of its text is a value too.
 */
export function errorHead(message: string): string {
  const at = message.lastIndexOf(' - ');
  const head =
    /^\s*(?:select|insert|update|delete|with|begin|commit|rollback|lock|\()/i.test(message) && at > 0
      ? message.slice(at + 3)
      : message;
  return head
    .slice(0, 500)
    .replace(/: ".*"?/s, ': […]')
    .replace(/^(Unexpected|Expected|Bad|Unterminated)\b[^]*\b(JSON|position)\b[^]*$/, 'not valid JSON');
}
