import type { Context, Middleware } from 'koa';
import type { AepsPolicies } from '../../domain/aeps/policy';
import { DomainError } from '../../domain/errors/errors';
import type { Policies } from '../../domain/policies/policies';
import type { ProviderRegistry } from '../../domain/provider/provider';
import type { Clock } from '../../platform/clock';
import type { Log } from '../../platform/logger';
import { koaPath } from '../registry/router';
import { ROUTES } from '../registry/routes';
import { askedWaitS, LONGEST_WAIT_S } from '../schemas/headers';
import { setHeader } from './answer';
import { routeOf } from './request';

/**
 * Every request is answered in time, whatever hangs behind it: a database that has frozen, a lock, a provider.
 * The time begins when the whole request has arrived; until then the caller has `ARRIVAL_MS`. What was begun goes
 * on after the answer 503 and counts as under way until it ends: a payment may have been accepted, and its repeat
 * with the same Idempotency-Key says so.
 */
export interface TimeLimits {
  /** What only we and our stores have to do with. */
  ownWorkMs: number;
  /** The wait for a seat of a place of which there are few: a caller that waits longer is better told so. */
  seatMs: number;
  /** A call to a provider, and what is recorded before and after it. */
  providerCallMs(): number;
  /** A withdrawal at a terminal, until the terminal has its answer. */
  withdrawalMs(): number;
}

/** The statements of the API end before (`ANSWERING` of platform/database.ts). */
const OWN_WORK_MS = 10_000;
const SEAT_MS = 5_000;
/** For recording and answering what a provider has answered. */
const ANSWER_MS = 5_000;
/** Below the limit of the server itself, which would close the connection without a word. */
const ARRIVAL_MS = 25_000;
/** How often it is looked whether a slow request has arrived. */
const LOOK_MS = 500;
const RETRY_S = 1;

/** The limits by the policies in force. */
export function timeLimitsOf(of: {
  clock: Clock;
  policies: Pick<Policies, 'provider'>;
  providers: Pick<ProviderRegistry, 'names'>;
  aeps: { policies: Pick<AepsPolicies, 'at'> };
}): TimeLimits {
  return {
    ownWorkMs: OWN_WORK_MS,
    seatMs: SEAT_MS,
    providerCallMs: () =>
      Math.max(0, ...of.providers.names().map((name) => of.policies.provider(name).totalTimeoutMs)) +
      ANSWER_MS,
    withdrawalMs: () => of.aeps.policies.at(of.clock.now()).answerWithinMs + ANSWER_MS,
  };
}

/** The longest that a request which has arrived may take. */
export function longestMs(limits: TimeLimits): number {
  return Math.max(limits.providerCallMs(), limits.withdrawalMs(), limits.ownWorkMs + LONGEST_WAIT_S * 1_000);
}

/** By method and pattern: routes of the desk wait for a provider, and AEPS has its customer wait at a terminal. */
const ROUTES_BY_NAME = new Map<string, (typeof ROUTES)[number]>(
  ROUTES.map((route) => [`${route.method} ${koaPath(route.path)}`, route]),
);

export function timeLimit(limits: TimeLimits, log: Log): Middleware {
  return (ctx, next) =>
    new Promise<void>((resolve, reject) => {
      const watch = new Watch(ctx, limits, reject);
      next().then(
        () => {
          watch.stop();
          resolve();
        },
        (error: Error) => {
          if (watch.isOver)
            log.warn({ error, request: ctx.state.requestId as string }, 'ended after its answer');
          watch.stop();
          reject(error);
        },
      );
    });
}

class Watch {
  isOver = false;
  private readonly startedAt = performance.now();
  private arrivedAt = this.startedAt;
  private timer: NodeJS.Timeout;

  constructor(
    private readonly ctx: Context,
    private readonly limits: TimeLimits,
    private readonly over: (error: DomainError) => void,
  ) {
    // most are over long before: nothing is looked at until the shortest of the limits
    this.timer = setTimeout(() => this.look(), limits.ownWorkMs).unref();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private look(): void {
    const now = performance.now();
    const hasArrived = this.ctx.req.complete;
    if (!hasArrived) this.arrivedAt = now;
    const leftMs = hasArrived
      ? this.arrivedAt + limitOf(this.ctx, this.limits) - now
      : Math.min(LOOK_MS, this.startedAt + ARRIVAL_MS - now);
    if (leftMs > 0) {
      this.timer = setTimeout(() => this.look(), leftMs).unref();
      return;
    }
    this.isOver = true;
    if (!hasArrived) setHeader(this.ctx, 'Connection', 'close');
    this.over(hasArrived ? tooLong() : new DomainError('REQUEST_TIMEOUT'));
  }
}

function limitOf(ctx: Context, limits: TimeLimits): number {
  const route = ROUTES_BY_NAME.get(`${ctx.method} ${routeOf(ctx)}`);
  if (route?.untilDone === true) return limits.withdrawalMs();
  const workMs = route?.limits === 'desk' ? limits.providerCallMs() : limits.ownWorkMs;
  return askedWaitS(ctx) * 1_000 + workMs;
}

function tooLong(): DomainError {
  return new DomainError('SERVICE_UNAVAILABLE', {
    detail:
      'no answer in time; send the same request again, with the same Idempotency-Key if it has one: ' +
      'what was accepted meanwhile is not done twice',
    retryAfterS: RETRY_S,
  });
}
