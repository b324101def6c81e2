import type { Context } from 'koa';
import { DomainError, HTTP_STATUS } from '../domain/errors/errors';

/** Under it every route is a call: JSON, and no page. */
export const CALLS = '/ops/api';

/** A refusal for programs, as the API tells it (RFC 9457). */
export function sendProblem(ctx: Context, error: DomainError): void {
  const status = HTTP_STATUS[error.kind];
  ctx.status = status;
  ctx.type = 'application/problem+json';
  ctx.body = JSON.stringify({
    type: `/problems/${error.code.toLowerCase().replaceAll('_', '-')}`,
    ...{ title: error.title, status, detail: error.detail, code: error.code, retryable: error.retryable },
    ...(error.errors === undefined ? {} : { errors: error.errors }),
  });
}
