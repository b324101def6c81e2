import { ERRORS, type ErrorCode } from '../../domain/error-codes';
import { HTTP_STATUS } from '../../domain/errors/errors';
import type { Reply } from './platform';

/** A reply must be exactly the problem of this code, and give nothing away. Returns its `errors`. */
export function expectProblem(
  reply: Reply,
  code: ErrorCode,
): { pointer: string; code: string; detail: string }[] {
  const { kind, title, retryable } = ERRORS[code];
  expect({ status: reply.status, code: reply.body.code, text: reply.text }).toMatchObject({
    status: HTTP_STATUS[kind],
    code,
  });
  expect(reply.headers.get('content-type')).toBe('application/problem+json');
  const {
    errors,
    'violated-policies': violated,
    ...problem
  } = reply.body as Record<string, unknown> & {
    errors?: { pointer: string; code: string; detail: string }[];
  };
  expect(problem).toEqual({
    type: `/problems/${code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status: HTTP_STATUS[kind],
    detail: expect.any(String),
    code,
    retryable,
    request_id: expect.stringMatching(/^req_[0-9a-z]{26}$/),
  });
  expect(reply.headers.get('request-id')).toBe(problem.request_id);
  expect(reply.headers.get('cache-control')).toBe('no-store');
  expect(reply.headers.get('www-authenticate')).toBe(reply.status === 401 ? 'Bearer realm="munim"' : null);
  if (code !== 'RATE_LIMITED') expect(violated).toBeUndefined();
  expectNothingInside(reply.text);
  for (const error of errors ?? [])
    expect(error).toEqual({
      pointer: expect.stringMatching(/^(?:#|\?)/),
      code: expect.stringMatching(/^[A-Z]+(?:_[A-Z]+)+$/),
      detail: expect.any(String),
    });
  return errors ?? [];
}

/** An id of ours is random, and holds a word like `knex` now and then. */
const OUR_ID = /[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}/g;

const INSIDE = new RegExp(
  [
    /\bat \S+ \(|node_modules|\.[jt]s:\d+/,
    /\/(?:home|usr|srv|opt|tmp|var)\//,
    /\b(?:select|insert into|update|delete from)\b.*\b(?:from|values|set|where)\b/,
    /knex|postgres|constraint|relation "|bullmq|redis|ECONN|pg_|TypeError|SyntaxError/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'i',
);

/** No stack, path, statement, constraint or module of ours in an answer. */
export function expectNothingInside(text: string): void {
  expect(text).not.toContain(process.cwd());
  expect(text.replaceAll(OUR_ID, '')).not.toMatch(INSIDE);
}
