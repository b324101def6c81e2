/**
 * The guard in front of a product's routes: load limit, ordered faults, and errors in the product's format.
 */
import type { Context, Next } from 'koa';
import type { Log } from '../../platform/logger';
import type { Fault, Orders } from '../orders';
import { SetuError } from './setu-error';

const MAX_IN_FLIGHT = 2_000;

export interface Gate {
  owns(path: string): boolean;
  pass(ctx: Context, next: Next): Promise<void>;
}

export interface GateOptions {
  prefix: string;
  orders: Orders;
  log: Log;
  /** Errors in the product's format. */
  faultError: (status: Fault['status'], retryAfterS?: number) => SetuError;
  nothingHere: () => SetuError;
}

export function createGate({ prefix, orders, log, faultError, nothingHere }: GateOptions): Gate {
  let inFlight = 0;
  return {
    owns: (path) => path.startsWith(`${prefix}/`),
    async pass(ctx, next) {
      inFlight += 1;
      try {
        const fault =
          inFlight > MAX_IN_FLIGHT
            ? { status: 429 as const, retryAfterS: 1 }
            : orders.takeFault({ method: ctx.method, path: ctx.path });
        if (fault !== undefined) throw faultError(fault.status, fault.retryAfterS ?? undefined);
        await next();
        if (ctx.respond !== false && (ctx.status === 404 || ctx.status === 405)) throw nothingHere();
      } catch (error) {
        if (!(error instanceof SetuError)) log.error({ err: error, path: ctx.path }, 'a request failed');
        const { status, body, retryAfterS } = error instanceof SetuError ? error : faultError(500);
        ctx.status = status;
        ctx.body = body;
        if (retryAfterS !== undefined) ctx.set('Retry-After', String(retryAfterS));
      } finally {
        inFlight -= 1;
      }
    },
  };
}
