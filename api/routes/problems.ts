import { Router } from '@koa/router';
import { ERRORS, type ErrorCode } from '../../domain/error-codes';
import { DomainError, HTTP_STATUS } from '../../domain/errors/errors';

/**
 * GET /problems/{type}: what the `type` of a problem means, for whoever follows it. All of them stand in
 * docs/errors.md.
 */
export function problemRoutes(): Router {
  const router = new Router();
  router.get('/problems/:type', (ctx) => {
    const code = String(ctx.params.type).toUpperCase().replaceAll('-', '_');
    if (!isCode(code)) throw new DomainError('REQUEST_PATH_UNKNOWN');
    const { kind, title, retryable } = ERRORS[code];
    ctx.body = { object: 'problem', code, title, status: HTTP_STATUS[kind], retryable };
  });
  return router;
}

function isCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}
