import { ERRORS, type ErrorCode } from '../../domain/error-codes';
import { HTTP_STATUS } from '../../domain/errors/errors';
import type { Reply } from './platform';

/** A reply must be exactly the problem of this code, and give nothing away. Returns its `errors`. */
export function expectProblem(reply: Reply, code: ErrorCode): FieldError[] {
  const { kind, title, retryable } = ERRORS[code];
  const status = HTTP_STATUS[kind];
  const { errors, 'violated-policies': violated, ...problem } = reply.body as unknown as Problem;
  const { detail, request_id: requestId, ...rest } = problem;
  const type = `/problems/${code.toLowerCase().replaceAll('_', '-')}`;
  // one look at all of it: the tests of hostile values see some forty thousand
  expect({
    ...rest,
    text: reply.status === status && rest.code === code ? undefined : reply.text,
    answered: reply.status,
    hasDetail: typeof detail === 'string',
    hasRequestId: REQUEST_ID.test(requestId) && requestId === reply.headers.get('request-id'),
    contentType: reply.headers.get('content-type'),
    cacheControl: reply.headers.get('cache-control'),
    authenticate: reply.headers.get('www-authenticate'),
    policies: code === 'RATE_LIMITED' ? undefined : violated,
    oddErrors: (errors ?? []).filter((error) => !isOfForm(error)),
  }).toEqual({
    ...{ type, title, status, code, retryable },
    answered: status,
    hasDetail: true,
    hasRequestId: true,
    contentType: 'application/problem+json',
    cacheControl: 'no-store',
    authenticate: status === 401 ? 'Bearer realm="munim"' : null,
    oddErrors: [],
  });
  expectNothingInside(reply.text);
  return errors ?? [];
}

interface FieldError {
  pointer: string;
  code: string;
  detail: string;
}
interface Problem extends Record<string, unknown> {
  detail: string;
  request_id: string;
  errors?: FieldError[];
}
const REQUEST_ID = /^req_[0-9a-z]{26}$/;
const isOfForm = ({ pointer, code, detail, ...more }: FieldError): boolean =>
  /^(?:#|\?)/.test(pointer) &&
  /^[A-Z]+(?:_[A-Z]+)+$/.test(code) &&
  typeof detail === 'string' &&
  Object.keys(more).length === 0;

/** An id of ours is random, and holds a word like `knex` now and then. */
const OUR_ID = /[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}/g;

const HERE = process.cwd();
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
  if (text.includes(HERE) || INSIDE.test(text.replaceAll(OUR_ID, '')))
    throw new Error(`it tells of the inside: ${text.slice(0, 1_000)}`);
}
