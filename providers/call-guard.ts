import { performance } from 'node:perf_hooks';
import {
  BulkheadRejectedError,
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  SamplingBreaker,
  bulkhead,
  circuitBreaker,
  handleWhenResult,
  TaskCancelledError,
  type CircuitBreakerPolicy,
  type IBreaker,
} from 'cockatiel';
import type { Admission } from '../domain/provider/calls';
import { createFairLine, FullLine } from '../platform/fair-line';
import type { HttpFailureReason, HttpResult } from '../platform/http-client';
import type { Log } from '../platform/logger';

/**
 * A share of a provider's request rate, given in (platform/rate-limit.ts counts it in PostgreSQL, so that all
 * processes share it).
 */
export interface RateLimit {
  /** Takes the turns of `calls` calls (one if not said) together, or none. `desk`: made while a caller waits. */
  take(calls?: number, kind?: 'work' | 'desk'): Promise<{ ok: true } | { ok: false; retryAfterMs: number }>;
}

/** The counters of a connector; every label is a fixed word or a status word of the provider. */
export interface ProviderMetrics {
  called(provider: string, operation: string, result: string, elapsedMs: number): void;
  refused(provider: string, operation: string, why: RefusalReason): void;
  unlistedStatus(provider: string, status: string): void;
  breakerChanged(provider: string, state: 'closed' | 'open' | 'half_open'): void;
}

export type RefusalReason = 'breaker_open' | 'rate_limited' | 'too_many_in_flight' | 'aborted' | 'no_token';

/** We did not call: certainly nothing was sent. */
export interface Refusal {
  refused: RefusalReason;
  retryAfterMs: number;
}

export interface BreakerSettings {
  /** Opens after this many consecutive failures … */
  consecutive: number;
  /**
   * … or when more than this share (0 to 1) of the calls of `samplingMs` failed, at `minimumPerSecond` calls
   * or more.
   */
  sampleThreshold: number;
  samplingMs: number;
  minimumPerSecond: number;
  /** After this one call is let through to try. */
  halfOpenAfterMs: number;
}

export interface CallGuardOptions {
  provider: string;
  maxInFlight: number;
  maxQueued: number;
  /** How many calls that were not admitted are made at a time, in a process where callers wait for them. */
  deskInFlight?: number;
  breaker: BreakerSettings;
  limiter?: RateLimit;
  log?: Log;
  metrics?: ProviderMetrics;
}

export interface RunOptions {
  admitted?: boolean;
  signal?: AbortSignal;
  /** Who waits for it, at the desk. */
  who?: string;
}

export interface CallGuard {
  /** Runs one call under all four guards. Never rejects. */
  run(
    operation: string,
    call: () => Promise<HttpResult>,
    options?: RunOptions,
  ): Promise<HttpResult | Refusal>;
  admit(calls?: number): Promise<Admission>;
  available(): boolean;
}

export const DEFAULT_BREAKER: BreakerSettings = {
  consecutive: 10,
  sampleThreshold: 0.5,
  samplingMs: 10_000,
  minimumPerSecond: 2,
  halfOpenAfterMs: 5_000,
};
const BUSY_RETRY_MS = 1_000;
const PAUSE_MS = { standard: 1_000, max: 60_000 };

/**
 * Results that say something about us and nothing about the provider: they neither open nor close the
 * breaker.
 */
const OURS: ReadonlySet<HttpFailureReason> = new Set(['aborted', 'too_late', 'closed', 'invalid_request']);

/**
 * The guards between a connector and its provider. The cheapest refusal comes first: a pause the provider
 * asked for (429 with Retry-After) → circuit breaker → rate limit → bulkhead (limits on calls in flight and
 * in line) → the call. Where callers wait (the desk), calls that were not admitted stand in a line that is fair
 * between callers, until one of their seats and a turn of the rate are free; the other seats are for calls that
 * were admitted. The breaker counts signs that the provider is unwell or that we are locked out:
 * connection errors, time-outs, 5xx, 401 and 403; a business refusal is a healthy answer. While one trial
 * call is under way after a break, the others are refused, not kept waiting.
 */
export function createCallGuard(options: CallGuardOptions): CallGuard {
  const { provider, metrics } = options;
  const gate = createGate(options);
  const lanes = bulkhead(options.maxInFlight, options.maxQueued);
  const desk = options.deskInFlight === undefined ? undefined : createDesk(options.deskInFlight, limited);

  async function limited(calls?: number, kind?: 'desk'): Promise<Refusal | undefined> {
    try {
      const turn = await options.limiter?.take(calls, kind);
      return turn === undefined || turn.ok
        ? undefined
        : { refused: 'rate_limited', retryAfterMs: turn.retryAfterMs };
    } catch (error) {
      options.log?.warn({ provider, error }, 'the rate limit of a provider could not be asked');
      return { refused: 'rate_limited', retryAfterMs: BUSY_RETRY_MS }; // not calling is always safe
    }
  }

  async function run(
    operation: string,
    call: () => Promise<HttpResult>,
    { admitted, signal, who }: RunOptions = {},
  ): Promise<HttpResult | Refusal> {
    const refuse = (refusal: Refusal): Refusal => {
      metrics?.refused(provider, operation, refusal.refused);
      return refusal;
    };
    const atDesk = admitted === true ? undefined : desk;
    const early = gate.blocked() ?? (admitted === true || atDesk !== undefined ? undefined : await limited());
    if (early !== undefined) return refuse(early);
    const inLane = (): Promise<HttpResult | Refusal> =>
      lanes.execute(async () => {
        const late = gate.blocked(); // it may have closed while this call stood in line
        if (late !== undefined) return refuse(late);
        const result = await gate.pass(call);
        metrics?.called(
          provider,
          operation,
          result.ok ? String(result.status) : result.reason,
          result.elapsedMs,
        );
        return result;
      }, signal);
    try {
      return await (atDesk === undefined ? inLane() : atDesk(who, inLane));
    } catch (error) {
      if (error instanceof FullLine)
        return refuse({ refused: 'rate_limited', retryAfterMs: error.retryAfterMs });
      const refused = refusalOf(error);
      if (refused === undefined) throw error;
      return refuse({ refused, retryAfterMs: BUSY_RETRY_MS });
    }
  }

  async function admit(calls?: number): Promise<Admission> {
    const closed = gate.blocked() ?? gate.trialTaken();
    const refusal = closed ?? (await limited(calls));
    if (refusal === undefined) return { ok: true };
    metrics?.refused(provider, 'admit', refusal.refused);
    return {
      ok: false,
      rawStatus: refusalWord(refusal.refused),
      retryAfterMs: refusal.retryAfterMs,
      ...(closed === undefined ? {} : { isClosed: true }),
    };
  }

  return { run, admit, available: () => gate.blocked() === undefined };
}

/** A caller that is asked for longer is better told so, and sends the question again. */
const DESK_WAIT_MS = 5_000;
const DESK_WAITING_EACH = 64;

/** Runs a call when a seat and a turn are free. Throws FullLine. */
type Desk = <T>(who: string | undefined, call: () => Promise<T>) => Promise<T>;

function createDesk(
  seats: number,
  limited: (calls: number, kind: 'desk') => Promise<Refusal | undefined>,
): Desk {
  const line = createFairLine({
    seats: () => seats,
    seatsEach: () => Math.ceil(seats / 2),
    waitingEach: () => DESK_WAITING_EACH,
    waitMs: DESK_WAIT_MS,
  });
  let strangers = 0;
  return (who, call) => {
    strangers += 1;
    return line.run(who ?? `nobody ${strangers}`, call, async () => {
      const refusal = await limited(1, 'desk');
      return refusal === undefined ? { ok: true } : { ok: false, retryAfterMs: refusal.retryAfterMs };
    });
  };
}

interface Gate {
  /** Why a call may not go now, or undefined. */
  blocked(): Refusal | undefined;
  /**
   * When a trial call is due, one caller a second is let through: the others would only be refused after
   * their attempt is written.
   */
  trialTaken(): Refusal | undefined;
  pass(call: () => Promise<HttpResult>): Promise<HttpResult>;
}

/** The breaker, and the pause that a provider asked for. */
function createGate(options: CallGuardOptions): Gate {
  const { provider, metrics, log } = options;
  const { halfOpenAfterMs } = options.breaker;
  const breaker: CircuitBreakerPolicy = circuitBreaker(
    handleWhenResult((result) => isUnwell(result as HttpResult, breaker.state === CircuitState.HalfOpen)),
    { halfOpenAfter: halfOpenAfterMs, breaker: eitherBreaker(options.breaker) },
  );
  let openedAtMs = 0; // cockatiel says `Open` until a call tries it; it times with Date.now(), so this does too
  let trialAdmittedAtMs = 0;
  let pausedUntilMs = 0;

  breaker.onStateChange((state) => {
    if (state === CircuitState.Open) openedAtMs = Date.now();
    const name =
      state === CircuitState.Open ? 'open' : state === CircuitState.HalfOpen ? 'half_open' : 'closed';
    metrics?.breakerChanged(provider, name);
    log?.warn({ provider, breaker: name }, 'the circuit breaker of a provider changed');
  });

  return {
    blocked() {
      const pauseMs = Math.ceil(pausedUntilMs - performance.now());
      if (pauseMs > 0) return { refused: 'rate_limited', retryAfterMs: pauseMs };
      if (breaker.state === CircuitState.HalfOpen)
        return { refused: 'breaker_open', retryAfterMs: BUSY_RETRY_MS };
      const closedMs = breaker.state === CircuitState.Open ? openedAtMs + halfOpenAfterMs - Date.now() : 0;
      return closedMs > 0 ? { refused: 'breaker_open', retryAfterMs: closedMs } : undefined;
    },
    trialTaken() {
      if (breaker.state !== CircuitState.Open) return undefined;
      const taken = Date.now() - trialAdmittedAtMs < BUSY_RETRY_MS;
      if (!taken) trialAdmittedAtMs = Date.now();
      return taken ? { refused: 'breaker_open', retryAfterMs: BUSY_RETRY_MS } : undefined;
    },
    async pass(call) {
      const result = await breaker.execute(call);
      if (result.ok && result.status === 429)
        pausedUntilMs = performance.now() + retryAfterMs(result.headers['retry-after']);
      return result;
    },
  };
}

/** How a refusal is written where a provider's status word would stand: `<breaker open>`. */
export function refusalWord(reason: RefusalReason): string {
  return `<${reason.replaceAll('_', ' ')}>`;
}

function isUnwell(result: HttpResult, onTrial: boolean): boolean {
  if (!result.ok) return OURS.has(result.reason) ? onTrial : true;
  return result.status >= 500 || result.status === 401 || result.status === 403;
}

/**
 * Opens on either condition: ten consecutive failures are noticed quickly; a share of failures is noticed
 * where some calls still succeed.
 */
function eitherBreaker(settings: BreakerSettings): IBreaker {
  const parts = [
    new ConsecutiveBreaker(settings.consecutive),
    new SamplingBreaker({
      threshold: settings.sampleThreshold,
      duration: settings.samplingMs,
      minimumRps: settings.minimumPerSecond,
    }),
  ] as const;
  return {
    state: undefined,
    success: (state) => {
      parts[0].success();
      parts[1].success(state);
    },
    failure: (state) => {
      const [inARow, share] = [parts[0].failure(), parts[1].failure(state)];
      return inARow || share;
    },
  };
}

function refusalOf(error: unknown): RefusalReason | undefined {
  if (error instanceof BulkheadRejectedError) return 'too_many_in_flight';
  if (error instanceof BrokenCircuitError) return 'breaker_open';
  return error instanceof TaskCancelledError ? 'aborted' : undefined;
}

/** `Retry-After` in seconds (the form Razorpay and Cashfree use), bounded; without it a second. */
export function retryAfterMs(header: string | undefined): number {
  const seconds = /^\d{1,6}$/.test(header ?? '') ? Number(header) : undefined;
  return seconds === undefined
    ? PAUSE_MS.standard
    : Math.min(Math.max(seconds * 1_000, PAUSE_MS.standard), PAUSE_MS.max);
}
