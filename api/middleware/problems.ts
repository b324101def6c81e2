import type { Context, Middleware } from 'koa';
import { DomainError, errorTitle, HTTP_STATUS, type ErrorCode } from '../../platform/errors';
import type { Log } from '../../platform/logger';

/** Every refusal leaves as application/problem+json (RFC 9457) with a stable code, and says nothing of the inside. */
export function problems(log: Log): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body === undefined) sendProblem(ctx, new DomainError('REQUEST_PATH_UNKNOWN'));
      if (ctx.status === 405 && ctx.body === undefined) sendProblem(ctx, new DomainError('REQUEST_METHOD_NOT_ALLOWED'));
    } catch (error) {
      const known = toDomainError(error);
      if (known.code === 'INTERNAL_ERROR') log.error({ error, request: ctx.state.requestId }, 'a request failed');
      sendProblem(ctx, known);
    }
  };
}

/** Koa and its parsers throw errors with a `status`: those of the client keep it, everything else is ours. */
function toDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const status = (error as { status?: unknown } | null)?.status;
  const byStatus: Readonly<Record<number, ErrorCode>> = { 400: 'REQUEST_BODY_UNPARSABLE', 404: 'REQUEST_PATH_UNKNOWN', 405: 'REQUEST_METHOD_NOT_ALLOWED', 413: 'REQUEST_TOO_LARGE', 415: 'REQUEST_MEDIA_TYPE_UNSUPPORTED' };
  const code = typeof status === 'number' ? byStatus[status] : undefined;
  return new DomainError(code ?? 'INTERNAL_ERROR', { cause: error });
}

export function sendProblem(ctx: Context, error: DomainError): void {
  const status = HTTP_STATUS[error.kind];
  ctx.status = status;
  if (status === 401) ctx.set('WWW-Authenticate', 'Bearer realm="munim"');
  if (error.retryAfterS !== undefined) ctx.set('Retry-After', String(error.retryAfterS));
  ctx.type = 'application/problem+json';
  ctx.body = JSON.stringify({
    type: `/problems/${error.code.toLowerCase().replaceAll('_', '-')}`,
    title: errorTitle(error.code),
    status,
    detail: error.detail,
    code: error.code,
    retryable: error.retryable,
    request_id: ctx.state.requestId as string,
    ...(error.errors === undefined ? {} : { errors: error.errors.slice(0, 50) }),
  });
}
