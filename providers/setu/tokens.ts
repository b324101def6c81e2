import type { Clock } from '../../platform/clock';
import type { HttpResult } from '../../platform/http-client';

/**
 * The result of asking for a token. `result` is shown to the breaker instead of the call that could not be
 * made.
 */
export type TokenAnswer = { ok: true; token: string; lifeMs: number } | { ok: false; result: HttpResult };
export type Grant = { ok: true; token: string } | { ok: false; result: HttpResult };

export interface Tokens {
  get(): Promise<Grant>;
  /**
   * The provider refused this token: it is not handed out again. A token that has replaced it meanwhile
   * stays.
   */
  drop(token: string): void;
}

/** "Less than 600 s", whatever the answer says; a tenth less, so that a token does not run out on its way. */
const MAX_LIFE_MS = 600_000;
const usableMs = (lifeMs: number): number => Math.floor(Math.max(0, Math.min(lifeMs, MAX_LIFE_MS)) * 0.9);
/**
 * After a failure the next try waits, so that calls without a token do not become a flood of requests for
 * one.
 */
const RETRY_MS = 1_000;

/**
 * The bearer token of one product. However many callers find it missing or run out, one request fetches the
 * next and all of them wait for it. Its life is counted from before it was asked for, and it is never handed
 * out of the cache when that is over, nor when the clock went back. `fetch` never rejects.
 */
export function createTokens({ clock, fetch }: { clock: Clock; fetch: () => Promise<TokenAnswer> }): Tokens {
  let held: { token: string; fromMs: number; untilMs: number } | undefined;
  let failed: { result: HttpResult; fromMs: number } | undefined;
  let flight: Promise<Grant> | undefined;

  async function refresh(): Promise<Grant> {
    const fromMs = clock.now().getTime();
    const answer = await fetch();
    if (!answer.ok) {
      failed = { result: answer.result, fromMs: clock.now().getTime() };
      return answer;
    }
    failed = undefined;
    held = { token: answer.token, fromMs, untilMs: fromMs + usableMs(answer.lifeMs) };
    return { ok: true, token: answer.token }; // those who waited may use it, however short its life
  }

  return {
    async get() {
      const nowMs = clock.now().getTime();
      if (held !== undefined && nowMs >= held.fromMs && nowMs < held.untilMs)
        return { ok: true, token: held.token };
      if (
        flight === undefined &&
        failed !== undefined &&
        nowMs >= failed.fromMs &&
        nowMs < failed.fromMs + RETRY_MS
      )
        return { ok: false, result: failed.result };
      flight ??= refresh().finally(() => {
        flight = undefined;
      });
      return flight;
    },
    drop(token) {
      if (held?.token === token) held = undefined;
    },
  };
}
