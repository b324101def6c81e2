import { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { Authenticator } from '../../domain/auth/api-keys';
import type { Access } from '../../domain/access/access';
import { permissionOf } from '../../domain/access/permissions';
import { answerOf } from '../middleware/answer';
import { authenticate } from '../middleware/authenticate';
import { placeOf, type RequestLimits } from '../middleware/limits';
import { DomainError } from '../../domain/errors/errors';
import type { Caller } from '../../domain/auth/api-keys';
import { checkRoutes } from './check';
import { inputOf } from './input';
import type { Reply, Route } from './route';
import { admitted, isForStaff, type StaffDoor } from './staff-door';

export interface RouterDependencies {
  authenticator: Authenticator;
  access: Access;
  limits: RequestLimits;
  /** Without it no route for staff is served. */
  staff?: StaffDoor;
}

/**
 * The routes as one middleware. Each request is checked in one order: who calls, what the scopes and the role of the
 * caller allow, its limits, the query, the headers, the Idempotency-Key, the path, the body. Throws TypeError for
 * routes that must not be served.
 */
export function createRouter<Deps>(
  routes: readonly Route<Deps>[],
  deps: Deps & RouterDependencies,
): Middleware {
  checkRoutes(routes);
  // By the beginning of the path, so that only the few routes that share it are compared with a request.
  const routers = new Map<string, Router>();
  // A path without parts that vary, as callers write it, needs no comparing.
  const exact = new Map<string, Handler>();
  for (const route of routes) {
    const handler = handlerOf(route, deps);
    if (!route.path.includes('{')) exact.set(`${route.method} ${route.path}`, matched(route, handler));
    const [head] = headsOf(route.path.replace(/\/\{.*/, ''));
    let router = routers.get(head);
    if (router === undefined) routers.set(head, (router = new Router()));
    router.register(koaPath(route.path), [route.method], handler);
  }
  const served = new Map([...routers].map(([head, router]) => [head, router.routes() as Middleware]));
  return (ctx, next) => {
    const known = exact.get(`${ctx.method} ${ctx.path}`);
    if (known !== undefined) return known(ctx);
    const [long, short] = headsOf(ctx.path.toLowerCase());
    const serve = served.get(long) ?? served.get(short);
    return serve === undefined ? next() : serve(ctx, next);
  };
}

/** The pattern is noted as the router notes it. */
const matched =
  ({ path }: Pick<Route, 'path'>, handler: Handler): Handler =>
  (ctx) => {
    (ctx as { _matchedRoute?: string })._matchedRoute = path;
    return handler(ctx);
  };

/** The first two parts of a path, and the first. */
function headsOf(path: string): [long: string, short: string] {
  const second = path.indexOf('/', 1);
  if (second === -1) return [path, path];
  const third = path.indexOf('/', second + 1);
  return [third === -1 ? path : path.slice(0, third), path.slice(0, second)];
}

/** `{id}` as the router writes it. */
export function koaPath(path: string): string {
  return path.replaceAll(/\{(\+?)(\w+)\}/g, (_, rest: string, name: string) =>
    rest === '' ? `:${name}` : `*${name}`,
  );
}

type Handler = (ctx: Context) => Promise<void>;

function handlerOf<Deps>(route: Route<Deps>, deps: Deps & RouterDependencies): Handler {
  const { access, handle } = route;
  const check = inputOf(route);
  const { limits } = deps;
  const limited = { limits: route.limits, service: serviceOf(route.path), place: placeOf(route) };
  const answer = async (ctx: Context): Promise<void> => send(ctx, await handle(await check(ctx), deps));
  if (PROBES.has(route.path)) return answer;
  if (isForStaff(route)) {
    const { staff } = deps;
    const { action } = route;
    if (staff === undefined) throw new TypeError('no door for staff: their routes are not served here');
    return async (ctx) => {
      const caller = await admitted(ctx, route, { staff, access: deps.access });
      ctx.state.caller = caller;
      const act = async (): Promise<void> => {
        const input = await check(ctx);
        const work = async (): Promise<Reply> => handle(input, deps);
        send(ctx, await (action === undefined ? work() : staff.noted(ctx, { caller, action }, work)));
      };
      await limits.pass(ctx, limited, caller, act);
    };
  }
  if (access.kind !== 'key') return (ctx) => limits.pass(ctx, limited, undefined, () => answer(ctx));
  const permissions = access.scopes.map(permissionOf);
  return async (ctx) => {
    const caller = await callerOf(ctx, deps, access.scopes);
    await deps.access.requireAny(caller, permissions);
    ctx.state.caller = caller;
    await limits.pass(ctx, limited, caller, () => answer(ctx));
  };
}

/** Whoever asks whether the process is well is answered, whatever else comes from the same address. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/** `payouts` of `/v1/payouts`. */
function serviceOf(path: string): string {
  return /^\/v1\/([a-z]+)/.exec(path)?.[1] ?? '';
}

/** The caller of the request. One whose key is not valid is counted by its address. */
async function callerOf(
  ctx: Context,
  { authenticator, limits }: RouterDependencies,
  scopes: Parameters<typeof authenticate>[2],
): Promise<Caller> {
  try {
    return await authenticate(ctx, authenticator, scopes);
  } catch (error) {
    if (error instanceof DomainError && UNKNOWN.has(error.code)) await limits.passUnknown(ctx);
    throw error;
  }
}
const UNKNOWN: ReadonlySet<string> = new Set(['AUTH_KEY_INVALID', 'AUTH_TOKEN_INVALID']);

function send(ctx: Context, { status, body, type, headers }: Reply): void {
  const answer = answerOf(ctx);
  if (headers !== undefined) Object.assign(answer.headers, headers);
  answer.give(status, body, type);
}
