import type { Context, Middleware } from 'koa';
import { isConnectionError, isOutOfTime, isRetryableError } from '../../platform/database';
import { DomainError, HTTP_STATUS, type CommonErrorCode } from '../../domain/errors/errors';
import type { Log } from '../../platform/logger';
import { answerOf, setHeader } from './answer';
import { createErrorLog } from '../../platform/queue/error-log';

/**
 * Every refusal leaves as application/problem+json (RFC 9457) with a stable code, and says nothing of the
 * inside.
 */
export function problems(log: Log): Middleware {
  // a store that is down fails a thousand times a second
  const logUnavailable = createErrorLog(log, 'requests are refused, for now');
  return async (ctx, next) => {
    try {
      await next();
      if (answerOf(ctx).status === 0) sendProblem(ctx, new DomainError('REQUEST_PATH_UNKNOWN'));
    } catch (error) {
      const known = toDomainError(error);
      if (known.kind === 'internal') log.error({ error, request: ctx.state.requestId }, 'a request failed');
      else if (known.kind === 'unavailable') logUnavailable(known.cause ?? known, { code: known.code });
      sendProblem(ctx, known);
    }
  };
}

/**
 * Koa and its parsers throw errors with a `status`; client errors keep it. If the database is down, the
 * caller may try again; every other error is ours.
 */
function toDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  if (isConnectionError(error) || isRetryableError(error) || isOutOfTime(error))
    return new DomainError('SERVICE_UNAVAILABLE', { retryAfterS: 1, cause: error });
  const status = (error as { status?: unknown } | null)?.status;
  const byStatus: Readonly<Record<number, CommonErrorCode>> = {
    400: 'REQUEST_MALFORMED',
    404: 'REQUEST_PATH_UNKNOWN',
    405: 'REQUEST_METHOD_NOT_ALLOWED',
    413: 'REQUEST_TOO_LARGE',
    415: 'REQUEST_MEDIA_TYPE_UNSUPPORTED',
  };
  const code = typeof status === 'number' ? byStatus[status] : undefined;
  return new DomainError(code ?? 'INTERNAL_ERROR', { cause: error });
}

function sendProblem(ctx: Context, error: DomainError): void {
  const status = HTTP_STATUS[error.kind];
  if (status === 401) setHeader(ctx, 'WWW-Authenticate', 'Bearer realm="munim"');
  if (error.retryAfterS !== undefined) setHeader(ctx, 'Retry-After', String(error.retryAfterS));
  answerOf(ctx).give(status, problemOf(error, ctx.state.requestId as string), 'application/problem+json');
}

/** The bytes of a problem. The detail of a fault of ours stays inside. */
export function problemOf(error: DomainError, requestId: string): string {
  const { title } = error;
  return JSON.stringify({
    type: `/problems/${error.code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status: HTTP_STATUS[error.kind],
    detail: error.kind === 'internal' ? title : error.detail,
    code: error.code,
    retryable: error.retryable,
    request_id: requestId,
    ...(error.violatedPolicies === undefined ? {} : { 'violated-policies': error.violatedPolicies }),
    ...(error.errors === undefined ? {} : { errors: error.errors.slice(0, 50) }),
  });
}
