import type { JsonSchema } from './json-schema';

/** Headers of answers, each described once. */
const text = (pattern: string, maxLength: number, example: string): JsonSchema => ({
  schema: { type: 'string', pattern, maxLength, examples: [example] },
});

export const HEADERS = {
  'Request-Id': {
    description: 'Our name for this request: give it when you ask us about it',
    required: true,
    ...text('^req_[0-9a-hjkmnp-tv-z]{26}$', 30, 'req_01jxvqexvqexvt0xvqexvqexvq'),
  },
  'X-Request-Id': {
    description: 'Your own name for this request, where it had one',
    ...text('^[A-Za-z0-9._-]+$', 64, 'till-7-00042'),
  },
  'Retry-After': {
    description: 'Seconds after which it is worth to ask again, or to send the request again',
    schema: { type: 'integer', format: 'int64', minimum: 1, maximum: 31_536_000, examples: [1] },
  },
  Location: {
    description: 'Where what was made, or is being made, is found from now on',
    ...text('^/(?:admin/)?v1/[A-Za-z0-9/_-]+$', 200, '/v1/transactions/txn_01jxvqexvqexvt0xvqexvqexvq'),
  },
  'Content-Disposition': {
    description: 'That it is a file, and its name',
    ...text(
      '^attachment; filename="[A-Za-z0-9_.-]+"$',
      120,
      'attachment; filename="statement-main-2026-11.csv"',
    ),
  },
  Link: {
    description: 'The next page, as `rel="next"`, where there is one',
    ...text('^</[^>]+>; rel="next"$', 2_000, '</v1/transactions?cursor=eyJ2IjoxfQ>; rel="next"'),
  },
  ETag: {
    description: 'The state of what is answered: send it as `If-None-Match`',
    ...text('^(?:W/)?"[\\x21\\x23-\\x7e]+"$', 100, '"7"'),
  },
  'Idempotent-Replayed': {
    description: 'This is the answer of an earlier request with the same `Idempotency-Key`',
    schema: { type: 'string', enum: ['true'] },
  },
  'Preference-Applied': {
    description: 'How long the answer was held at most',
    ...text('^wait=\\d+$', 20, 'wait=10'),
  },
  'WWW-Authenticate': {
    description: 'An API key or an access token is asked for',
    required: true,
    ...text('^(?:Bearer|Basic) ', 200, 'Bearer realm="munim"'),
  },
  RateLimit: {
    description:
      'What is left of each limit, and for how many seconds (draft-ietf-httpapi-ratelimit-headers)',
    ...text('^"[^"]+";', 500, '"payouts";r=97;t=12'),
  },
  'RateLimit-Policy': {
    description: 'The limits that the request counts under: how many in how many seconds',
    ...text('^"[^"]+";', 500, '"payouts";q=100;w=60'),
  },
} as const satisfies Readonly<Record<string, JsonSchema>>;

/** On answers of each kind, beside what its route declares. */
const ALWAYS = ['Request-Id', 'X-Request-Id', 'RateLimit', 'RateLimit-Policy'];
const BY_STATUS: Readonly<Record<number, readonly string[]>> = {
  401: ['WWW-Authenticate'],
  409: ['Retry-After'],
  429: ['Retry-After'],
  503: ['Retry-After'],
};

export function headersOf(
  status: number,
  own: Readonly<Record<string, string>> = {},
): Readonly<Record<string, { $ref: string }>> {
  const names = [...new Set([...ALWAYS, ...(BY_STATUS[status] ?? []), ...Object.keys(own)])];
  return Object.fromEntries(names.map((name) => [name, referenceTo(name)]));
}

function referenceTo(name: string): { $ref: string } {
  if (!Object.hasOwn(HEADERS, name)) throw new TypeError(`the header ${name} is not described`);
  return { $ref: `#/components/headers/${name}` };
}
