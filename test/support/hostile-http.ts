/** Hostile requests to the API: where a value stands in them, and bytes that are not quite HTTP. */
import { HOSTILE_TEXTS } from './hostile-values';
import { payoutBody } from './platform';

export const HOST = 'Host: munim.test\r\n';

export async function inParallel<T>(list: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = list.values();
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (const item of rest) await work(item);
    }),
  );
}
/** The body of a payout with one field replaced by a raw JSON token; `beneficiary.vpa` replaces the account. */
export function bodyWith(canary: string, field: string, token: string): string {
  const body = payoutBody('0000');
  const beneficiary = body.beneficiary as Record<string, unknown>;
  const marked = field.startsWith('beneficiary.')
    ? {
        ...body,
        mode: undefined,
        beneficiary: {
          ...(field === 'beneficiary.vpa' ? { name: beneficiary.name } : beneficiary),
          [field.slice(12)]: canary,
        },
      }
    : { ...body, [field]: canary };
  return JSON.stringify(marked).replace(JSON.stringify(canary), () => token);
}
export const FIELDS = [
  'amount',
  'currency',
  'mode',
  'reference',
  'narration',
  'beneficiary',
  'beneficiary.name',
  'beneficiary.account_number',
  'beneficiary.ifsc',
  'beneficiary.vpa',
  'unknown',
  '__proto__',
];
export const PARAMETERS = [
  'limit',
  'cursor',
  'status',
  'reference',
  'service',
  'created_from',
  'created_before',
  'unknown',
  '__proto__',
];
/** Percent-encoded, lone surrogates as the bytes that would stand for them. */
export const encoded = (text: string): string =>
  encodeURIComponent(Buffer.from(text).toString()).replaceAll('%EF%BF%BD', '%ED%A0%80');

/** The first six are read by the API; the others by Node, or by nobody. */
export const HEADERS = [
  'Idempotency-Key',
  'Authorization',
  'Prefer',
  'Content-Type',
  'Content-Encoding',
  'X-Request-Id',
  'X-Forwarded-For',
  'Forwarded',
  'Host',
  'Accept',
  'Cookie',
  'Origin',
  'Range',
  'If-None-Match',
  'traceparent',
  'X-HTTP-Method-Override',
  'Accept-Encoding',
  'Expect',
  'Content-Length',
  'Connection',
  'Upgrade',
];
export const HEADER_VALUES = [
  ...HOSTILE_TEXTS.filter((t) => t.length < 9_000),
  'Bearer ',
  `Bearer ${'x'.repeat(9_000)}`,
  'Bearer mk_test_',
  'wait=99999999999999999999',
  'wait=1'.repeat(500),
  `"${'x'.repeat(300)}"`,
  '100-continue',
  '5',
  '-1',
  '1, 1',
  'chunked',
];

/** What it is, its bytes, and the statuses that it may get; none when the connection is only closed. */
export const BROKEN_REQUESTS: readonly (readonly [
  name: string,
  bytesOf: (authorization: string) => string | Buffer | (string | Buffer)[],
  statuses: readonly number[],
])[] = [
  [
    'a length and chunks',
    (authorization) =>
      `POST /v1/payouts HTTP/1.1\r\n${HOST}${authorization}\r\nContent-Length: 4\r\nTransfer-Encoding: ` +
      `chunked\r\n\r\n0\r\n\r\nGET /v1/wallets HTTP/1.1\r\n${HOST}\r\n`,
    [400],
  ],
  [
    'chunks and a length',
    () =>
      `POST /v1/payouts HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`,
    [400],
  ],
  [
    'two lengths',
    () => `POST /v1/payouts HTTP/1.1\r\n${HOST}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`,
    [400],
  ],
  [
    'chunks of another kind',
    (authorization) =>
      `POST /v1/payouts HTTP/1.1\r\n${HOST}${authorization}\r\nIdempotency-Key: abcdefgh\r\n` +
      `Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
    [],
  ],
  [
    'chunked, written oddly',
    () => `POST /v1/payouts HTTP/1.1\r\n${HOST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
    [400],
  ],
  [
    'a chunk without a size',
    () => `POST /callbacks/razorpayx HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n`,
    [],
  ],
  ['a length below zero', () => `POST /v1/payouts HTTP/1.1\r\n${HOST}Content-Length: -1\r\n\r\n`, [400]],
  ['a length with a sign', () => `POST /v1/payouts HTTP/1.1\r\n${HOST}Content-Length: +4\r\n\r\nabcd`, [400]],
  [
    'a length that overflows',
    () => `POST /v1/payouts HTTP/1.1\r\n${HOST}Content-Length: 99999999999999999999999\r\n\r\n`,
    [400],
  ],
  ['a method that does not exist', () => `FROB /v1/wallets HTTP/1.1\r\n${HOST}\r\n`, [400]],
  ['a method in small letters', () => `get /v1/wallets HTTP/1.1\r\n${HOST}\r\n`, [400]],
  ['no path', () => `GET HTTP/1.1\r\n${HOST}\r\n`, [400]],
  ['no version', () => 'GET /v1/wallets\r\n\r\n', [400, 401]],
  ['another version', () => `GET /v1/wallets HTTP/9.9\r\n${HOST}\r\n`, [400]],
  ['HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
  ['no host', () => 'GET /v1/wallets HTTP/1.1\r\nConnection: close\r\n\r\n', [400]],
  ['two spaces', () => `GET  /v1/wallets HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, [400, 401]],
  ['a space in the path', () => `GET /v1/wal lets HTTP/1.1\r\n${HOST}\r\n`, [400]],
  ['a NUL in the path', () => `GET /v1/\0 HTTP/1.1\r\n${HOST}\r\n`, [400]],
  [
    'bytes above ASCII in the path',
    () => Buffer.from(`GET /v1/\xff\xfe HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, 'latin1'),
    [400, 404],
  ],
  ['a header without a colon', () => `GET /v1/wallets HTTP/1.1\r\n${HOST}Broken\r\n\r\n`, [400]],
  ['a header with a NUL', () => `GET /v1/wallets HTTP/1.1\r\n${HOST}X: a\0b\r\n\r\n`, [400]],
  ['a header name with a space', () => `GET /v1/wallets HTTP/1.1\r\n${HOST}X Y: a\r\n\r\n`, [400]],
  ['a bare carriage return', () => `GET /v1/wallets HTTP/1.1\r\n${HOST}X: a\rY: b\r\n\r\n`, [400]],
  ['TLS', () => Buffer.from('1603010200010001fc0303', 'hex'), [400]],
  ['noise', () => Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 137 + 11) & 255)), [400]],
  ['line breaks only', () => '\r\n\r\n\r\n\r\n\0', [400]],
  ['CONNECT', () => `CONNECT 127.0.0.1:1 HTTP/1.1\r\n${HOST}\r\n`, [405]],
  [
    'TRACE',
    () => `TRACE /v1/wallets HTTP/1.1\r\n${HOST}Connection: close\r\nX-Secret: do-not-repeat\r\n\r\n`,
    [405],
  ],
  ['OPTIONS *', () => `OPTIONS * HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, [404]],
  [
    'a whole URL as the path',
    () => `GET http://127.0.0.1:1/v1/wallets HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`,
    [401],
  ],
  ['a URL that is none', () => `GET http://[ HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, [400]],
  [
    'an upgrade',
    () =>
      `GET /v1/wallets HTTP/1.1\r\n${HOST}Connection: Upgrade, close\r\nUpgrade: ` +
      `websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    [401],
  ],
  [
    'headers that never end',
    () => [`GET /v1/wallets HTTP/1.1\r\n${HOST}`, `X: ${'y'.repeat(40_000)}`],
    [431],
  ],
  ['a path of 20 kB', () => `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`, [431]],
];
