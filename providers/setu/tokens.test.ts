import { FakeClock } from '../../platform/clock';
import type { HttpResult } from '../../platform/http-client';
import { readBillpayToken, readRechargeToken } from './connector';
import { createTokens, type TokenAnswer, type Tokens } from './tokens';

const SICK: HttpResult = { ok: false, sent: true, reason: 'timeout', phase: 'headers', elapsedMs: 5 };

/** A login that answers when it is told to. */
function scripted(clock: FakeClock): {
  tokens: Tokens;
  asked: () => number;
  answer: (answer: TokenAnswer) => void;
} {
  const waiting: ((answer: TokenAnswer) => void)[] = [];
  let asked = 0;
  const tokens = createTokens({
    clock,
    fetch: () => {
      asked += 1;
      return new Promise((resolve) => {
        waiting.push(resolve);
      });
    },
  });
  return {
    tokens,
    asked: () => asked,
    answer: (answer) => {
      for (const resolve of waiting.splice(0)) resolve(answer);
    },
  };
}
const grant = (token: string, lifeMs = 600_000): TokenAnswer => ({ ok: true, token, lifeMs });

describe('one token for all', () => {
  it('one refresh is in flight for a hundred callers', async () => {
    const { tokens, asked, answer } = scripted(new FakeClock());
    const all = Array.from({ length: 100 }, () => tokens.get());
    expect(asked()).toBe(1);
    answer(grant('a'));
    expect(new Set((await Promise.all(all)).map((g) => JSON.stringify(g)))).toEqual(
      new Set([JSON.stringify({ ok: true, token: 'a' })]),
    );
    expect(await tokens.get()).toEqual({ ok: true, token: 'a' });
    expect(asked()).toBe(1);
  });

  it('a hundred callers whose token is refused cause one refresh', async () => {
    const { tokens, asked, answer } = scripted(new FakeClock());
    const first = tokens.get();
    answer(grant('a'));
    await first;
    const all = Array.from({ length: 100 }, () => {
      tokens.drop('a');
      return tokens.get();
    });
    expect(asked()).toBe(2);
    answer(grant('b'));
    expect(new Set((await Promise.all(all)).map((g) => g.ok && g.token))).toEqual(new Set(['b']));
    tokens.drop('a'); // the news of one who is late
    expect(await tokens.get()).toEqual({ ok: true, token: 'b' });
    expect(asked()).toBe(2);
  });
});

describe('the life of a token', () => {
  it.each([
    [600_000, 540_000],
    [60_000, 54_000],
    [86_400_000, 540_000],
    [Number.MAX_SAFE_INTEGER, 540_000],
    [0, 0],
    [-5, 0],
  ])('of %d ms is used for %d ms', async (lifeMs, usedMs) => {
    const clock = new FakeClock();
    const { tokens, asked, answer } = scripted(clock);
    const first = tokens.get();
    answer(grant('a', lifeMs));
    expect(await first).toEqual({ ok: true, token: 'a' }); // who waited may use it once
    clock.advance(Math.max(0, usedMs - 1));
    void tokens.get();
    expect(asked()).toBe(usedMs > 0 ? 1 : 2);
    clock.advance(1);
    void tokens.get();
    expect(asked()).toBe(2);
    answer(grant('b'));
  });

  it('is counted from before it was asked for', async () => {
    const clock = new FakeClock();
    const { tokens, asked, answer } = scripted(clock);
    const first = tokens.get();
    clock.advance(100_000); // a slow login
    answer(grant('a'));
    await first;
    clock.advance(440_000);
    void tokens.get();
    expect(asked()).toBe(2);
    answer(grant('b'));
  });

  it('ends when the clock goes back', async () => {
    const clock = new FakeClock();
    const { tokens, asked, answer } = scripted(clock);
    const first = tokens.get();
    answer(grant('a'));
    await first;
    clock.advance(-1_000);
    void tokens.get();
    expect(asked()).toBe(2);
    answer(grant('b'));
  });
});

describe('a login that fails', () => {
  it('is told to all who wait, and tried again only after a second', async () => {
    const clock = new FakeClock();
    const { tokens, asked, answer } = scripted(clock);
    const all = [tokens.get(), tokens.get()];
    answer({ ok: false, result: SICK });
    expect(await Promise.all(all)).toEqual([
      { ok: false, result: SICK },
      { ok: false, result: SICK },
    ]);
    clock.advance(999);
    expect(await tokens.get()).toEqual({ ok: false, result: SICK });
    expect(asked()).toBe(1);
    clock.advance(1);
    const next = tokens.get();
    expect(asked()).toBe(2);
    answer(grant('a'));
    expect(await next).toEqual({ ok: true, token: 'a' });
  });

  it('does not take the place of a token that is still good', async () => {
    const clock = new FakeClock();
    const { tokens, answer } = scripted(clock);
    const first = tokens.get();
    answer(grant('a'));
    await first;
    tokens.drop('another');
    expect(await tokens.get()).toEqual({ ok: true, token: 'a' });
  });
});

describe('answers of the logins', () => {
  it('BillPay says how long it lives, the account service does not', () => {
    expect(
      readBillpayToken({ expiresIn: 600, token: 'a.b-c_d~e+f/g==', success: true, traceId: 'T' }),
    ).toEqual({ token: 'a.b-c_d~e+f/g==', lifeMs: 600_000 });
    expect(readRechargeToken({ access_token: 'abc', refresh_token: '' })).toEqual({
      token: 'abc',
      lifeMs: 600_000,
    });
  });

  it.each([
    null,
    [],
    'token',
    {},
    { token: '' },
    { token: 'a b', expiresIn: 600 },
    { token: 'a\r\nx: y', expiresIn: 600 },
    { token: 'a'.repeat(5_000), expiresIn: 600 },
    { token: 'abc' },
    { token: 'abc', expiresIn: '600' },
    { token: 'abc', expiresIn: -1 },
    { token: 'abc', expiresIn: 1.5 },
    { token: 'abc', expiresIn: 600, success: false },
  ])('%j is none of BillPay', (json) => {
    expect(readBillpayToken(json)).toBeUndefined();
  });

  it.each([
    null,
    {},
    { access_token: '' },
    { access_token: 5 },
    { access_token: 'a b' },
    { access_token: 'a\nb' },
    { token: 'abc' },
  ])('%j is none of the account service', (json) => {
    expect(readRechargeToken(json)).toBeUndefined();
  });
});
