import {
  createCallGuard,
  DEFAULT_BREAKER,
  retryAfterMs,
  type CallGuard,
  type CallGuardOptions,
  type ProviderMetrics,
} from './call-guard';
import type { HttpFailureReason, HttpResult } from '../platform/http-client';

const ok = (status = 200, headers: Record<string, string> = {}): HttpResult => ({
  ok: true,
  status,
  headers,
  text: '{}',
  elapsedMs: 1,
});
const fail = (reason: HttpFailureReason, sent = true): HttpResult => ({
  ok: false,
  sent,
  reason,
  phase: 'headers',
  elapsedMs: 1,
});
const breaker = { ...DEFAULT_BREAKER, consecutive: 3, minimumPerSecond: 1_000, halfOpenAfterMs: 60_000 };

function recorder(): { metrics: ProviderMetrics; seen: string[] } {
  const seen: string[] = [];
  return {
    seen,
    metrics: {
      called: (_p, op, result) => seen.push(`${op} ${result}`),
      refused: (_p, op, why) => seen.push(`${op} refused ${why}`),
      unlistedStatus: () => undefined,
      breakerChanged: (_p, state) => seen.push(`breaker ${state}`),
    },
  };
}

function guardWith(options: Partial<CallGuardOptions> = {}): CallGuard {
  return createCallGuard({ provider: 'p', maxInFlight: 4, maxQueued: 4, breaker, ...options });
}
const run = (guard: CallGuard, result: HttpResult): Promise<unknown> =>
  guard.run('op', () => Promise.resolve(result));
const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
// The breaker reads the clock: it stands still, so that no busy machine makes a trial due too early.
beforeEach(() => {
  jest.useFakeTimers({
    doNotFake: [
      'setTimeout',
      'clearTimeout',
      'setInterval',
      'clearInterval',
      'setImmediate',
      'clearImmediate',
      'nextTick',
      'queueMicrotask',
      'performance',
      'hrtime',
    ],
  });
});
afterEach(() => {
  jest.useRealTimers();
});
const becomeTrialDue = (): void => {
  jest.setSystemTime(Date.now() + breaker.halfOpenAfterMs + 1);
};
function deferred(): { promise: Promise<HttpResult>; resolve(result: HttpResult): void } {
  let resolve: (result: HttpResult) => void = () => undefined;
  const promise = new Promise<HttpResult>((r) => {
    resolve = r;
  });
  return { promise, resolve };
}

describe('breaker', () => {
  it.each([
    fail('timeout'),
    fail('connect_refused', false),
    fail('reset'),
    fail('tls', false),
    ok(500),
    ok(503),
    ok(401),
    ok(403),
  ])('opens after so many in a row: %p', async (result) => {
    const guard = guardWith();
    for (let i = 0; i < 3; i++) await run(guard, result);
    expect(guard.available()).toBe(false);
    expect(await run(guard, ok())).toMatchObject({ refused: 'breaker_open' });
    expect(await guard.admit()).toMatchObject({ ok: false, rawStatus: '<breaker open>' });
  });

  it.each([
    ok(),
    ok(400),
    ok(404),
    ok(409),
    ok(422),
    fail('aborted', false),
    fail('too_late', false),
    fail('invalid_request', false),
    fail('closed', false),
  ])('a business answer, or a failure of ours, does not open it: %p', async (result) => {
    const guard = guardWith();
    for (let i = 0; i < 20; i++) await run(guard, result);
    expect(guard.available()).toBe(true);
  });

  it('opens when a large share fails though some succeed', async () => {
    const guard = guardWith({
      breaker: { ...breaker, consecutive: 1_000, minimumPerSecond: 1, samplingMs: 1_000 },
    });
    for (let i = 0; i < 20 && guard.available(); i++) await run(guard, i % 4 === 0 ? ok() : fail('timeout'));
    expect(guard.available()).toBe(false);
  });

  it('lets one trial through after a while, refuses the others meanwhile, and closes when it succeeds', async () => {
    const { metrics, seen } = recorder();
    const guard = guardWith({ metrics });
    for (let i = 0; i < 3; i++) await run(guard, fail('timeout'));
    expect(guard.available()).toBe(false);
    becomeTrialDue();
    expect(guard.available()).toBe(true); // else nobody would ever try
    const trial = deferred();
    const first = guard.run('trial', () => trial.promise);
    await pause(5);
    expect(guard.available()).toBe(false);
    expect(await run(guard, ok())).toMatchObject({ refused: 'breaker_open' });
    trial.resolve(ok());
    expect(await first).toMatchObject({ ok: true });
    expect(guard.available()).toBe(true);
    expect(seen).toEqual([
      'op timeout',
      'op timeout',
      'breaker open',
      'op timeout',
      'breaker half_open',
      'op refused breaker_open',
      'breaker closed',
      'trial 200',
    ]);
  });

  it.each([fail('timeout'), ok(500), fail('too_late', false)])(
    'opens again when the trial shows nothing good: %p',
    async (result) => {
      const guard = guardWith();
      for (let i = 0; i < 3; i++) await run(guard, fail('timeout'));
      becomeTrialDue();
      await run(guard, result);
      expect(guard.available()).toBe(false);
    },
  );

  it('of two that come together when a trial is due, one tries and the other is refused at once', async () => {
    const guard = guardWith();
    for (let i = 0; i < 3; i++) await run(guard, fail('timeout'));
    becomeTrialDue();
    const trial = deferred();
    const [first, second] = [
      guard.run('trial', () => trial.promise),
      guard.run('trial', () => trial.promise),
    ];
    expect(await second).toMatchObject({ refused: 'breaker_open' });
    trial.resolve(ok());
    expect(await first).toMatchObject({ ok: true });
  });

  it('admits one a second while a trial is due, so that attempts are not written to be refused', async () => {
    const guard = guardWith();
    for (let i = 0; i < 3; i++) await run(guard, fail('timeout'));
    becomeTrialDue();
    const answers = await Promise.all(Array.from({ length: 10 }, () => guard.admit()));
    expect(answers.filter((a) => a.ok)).toHaveLength(1);
  });
});

describe('rate limit', () => {
  it('is asked once for each call, and not for one that was admitted', async () => {
    let taken = 0;
    const guard = guardWith({
      limiter: {
        take: () => {
          taken += 1;
          return Promise.resolve({ ok: true });
        },
      },
    });
    await run(guard, ok());
    expect(taken).toBe(1);
    expect(await guard.admit()).toEqual({ ok: true });
    await guard.run('op', () => Promise.resolve(ok()), { admitted: true });
    expect(taken).toBe(2);
  });

  it('refuses without calling', async () => {
    let calls = 0;
    const guard = guardWith({ limiter: { take: () => Promise.resolve({ ok: false, retryAfterMs: 40 }) } });
    expect(
      await guard.run('op', () => {
        calls += 1;
        return Promise.resolve(ok());
      }),
    ).toEqual({ refused: 'rate_limited', retryAfterMs: 40 });
    expect(await guard.admit()).toEqual({ ok: false, rawStatus: '<rate limited>', retryAfterMs: 40 });
    expect(calls).toBe(0);
  });

  it('that cannot be asked refuses: not calling is always safe', async () => {
    const guard = guardWith({ limiter: { take: () => Promise.reject(new Error('down')) } });
    expect(await run(guard, ok())).toMatchObject({ refused: 'rate_limited' });
  });

  it('429 pauses all calls for as long as it says', async () => {
    const guard = guardWith();
    expect(await run(guard, ok(429, { 'retry-after': '7' }))).toMatchObject({ status: 429 });
    expect(guard.available()).toBe(false);
    const refusal = (await run(guard, ok())) as { refused: string; retryAfterMs: number };
    expect(refusal.refused).toBe('rate_limited');
    expect(refusal.retryAfterMs).toBeGreaterThan(6_000);
    expect(refusal.retryAfterMs).toBeLessThanOrEqual(7_000);
  });

  it.each([
    [undefined, 1_000],
    ['', 1_000],
    ['0', 1_000],
    ['3', 3_000],
    ['999999', 60_000],
    ['-1', 1_000],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 1_000],
  ])('Retry-After %p is %p ms', (header, ms) => {
    expect(retryAfterMs(header)).toBe(ms);
  });
});

describe('bulkhead', () => {
  it('runs so many at once, keeps so many in line, and refuses the rest', async () => {
    let running = 0;
    let most = 0;
    const gate = deferred();
    const guard = guardWith({ maxInFlight: 2, maxQueued: 3 });
    const calls = Array.from({ length: 8 }, () =>
      guard.run('op', async () => {
        running += 1;
        most = Math.max(most, running);
        await gate.promise;
        running -= 1;
        return ok();
      }),
    );
    await pause(5);
    gate.resolve(ok());
    const results = await Promise.all(calls);
    expect(results.filter((r) => 'refused' in r)).toEqual(
      Array(3).fill({ refused: 'too_many_in_flight', retryAfterMs: 1_000 }),
    );
    expect([results.filter((r) => 'ok' in r).length, most]).toEqual([5, 2]);
  });

  it('a breaker that opens while calls stand in line refuses them', async () => {
    let calls = 0;
    const guard = guardWith({ maxInFlight: 1, maxQueued: 10 });
    const results = await Promise.all(
      Array.from({ length: 8 }, () =>
        guard.run('op', async () => {
          calls += 1;
          await pause(1);
          return fail('timeout');
        }),
      ),
    );
    expect(calls).toBe(3);
    expect(results.filter((r) => 'refused' in r)).toHaveLength(5);
  });

  it('a caller who gives up in line is not called for', async () => {
    const gate = deferred();
    const guard = guardWith({ maxInFlight: 1 });
    const first = guard.run('op', () => gate.promise);
    const abort = new AbortController();
    let called = false;
    const second = guard.run(
      'op',
      () => {
        called = true;
        return Promise.resolve(ok());
      },
      { signal: abort.signal },
    );
    await pause(1);
    abort.abort();
    gate.resolve(ok());
    expect(await first).toMatchObject({ ok: true });
    expect(await second).toMatchObject({ refused: 'aborted' });
    expect(called).toBe(false);
  });
});

describe('the desk', () => {
  /** Calls that end when they are let go. */
  function slowCalls() {
    const ends: (() => void)[] = [];
    return {
      begun: () => ends.length,
      call: () =>
        new Promise<HttpResult>((resolve) => {
          ends.push(() => resolve(ok()));
        }),
      endAll: () => {
        for (const end of ends.splice(0)) end();
      },
    };
  }
  const settled = (): Promise<void> =>
    new Promise((resolve) => {
      setImmediate(resolve);
    });

  it('has its seats, and those that were admitted have the rest', async () => {
    const { begun, call, endAll } = slowCalls();
    const guard = guardWith({ deskInFlight: 2 });
    const all = Array.from({ length: 20 }, (_, i) => guard.run('op', call, { who: `user ${i}` }));
    await settled();
    expect(begun()).toBe(2);
    all.push(guard.run('send', call, { admitted: true }), guard.run('send', call, { admitted: true }));
    await settled();
    expect(begun()).toBe(4);
    const ending = setInterval(endAll, 1);
    const results = await Promise.all(all);
    clearInterval(ending);
    expect(results.filter((r) => 'ok' in r)).toHaveLength(22);
  });

  it('takes turns of its own share of the rate, and gives them to callers in turn', async () => {
    const kinds: unknown[] = [];
    const order: string[] = [];
    let open = false;
    const guard = guardWith({
      deskInFlight: 4,
      limiter: {
        take: (_calls, kind) => {
          kinds.push(kind);
          return Promise.resolve(open ? { ok: true } : { ok: false, retryAfterMs: 5 });
        },
      },
    });
    const ask = (who: string) =>
      guard.run(
        'op',
        () => {
          order.push(who);
          return Promise.resolve(ok());
        },
        { who },
      );
    const all = [...Array.from({ length: 10 }, () => ask('flood')), ask('other')];
    await settled();
    expect(order).toEqual([]);
    open = true;
    await Promise.all(all);
    expect(order.indexOf('other')).toBeLessThanOrEqual(1);
    expect(new Set(kinds)).toEqual(new Set(['desk']));
  });
});
