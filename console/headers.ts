import helmet, { type HelmetOptions } from 'helmet';
import type { Context, Middleware } from 'koa';

const SELF = ["'self'"];
const NONE = ["'none'"];

const COMMON: HelmetOptions = {
  // `no-referrer` would make the browser send `Origin: null` with our own forms
  referrerPolicy: { policy: 'same-origin' },
  xFrameOptions: { action: 'deny' },
  crossOriginResourcePolicy: { policy: 'same-origin' },
};

/** Our own pages: nothing but the style sheet and the mark. */
const pages = helmet({
  ...COMMON,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: NONE,
      styleSrc: SELF,
      imgSrc: SELF,
      formAction: SELF,
      baseUri: NONE,
      frameAncestors: NONE,
    },
  },
});

/** Bull Board sets styles inline, and has a <base>. */
const board = helmet({
  ...COMMON,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: NONE,
      scriptSrc: SELF,
      styleSrc: [...SELF, "'unsafe-inline'"],
      imgSrc: [...SELF, 'data:'],
      fontSrc: SELF,
      connectSrc: SELF,
      formAction: NONE,
      baseUri: SELF,
      frameAncestors: NONE,
    },
  },
});

const isAsset = (ctx: Context): boolean =>
  ctx.path.startsWith('/ops/assets/') || ctx.path.startsWith('/ops/queues/static/');

/** Security headers on every answer; browsers keep no copy of data. */
export function securityHeaders(isBoard: (ctx: Context) => boolean): Middleware {
  return async (ctx, next) => {
    await new Promise<void>((resolve, reject) => {
      (isBoard(ctx) ? board : pages)(ctx.req, ctx.res, (error?: unknown) => {
        if (error === undefined) resolve();
        else reject(error);
      });
    });
    ctx.set('cache-control', 'no-store');
    await next();
    ctx.set('cache-control', ctx.status === 200 && isAsset(ctx) ? 'private, max-age=3600' : 'no-store');
  };
}
