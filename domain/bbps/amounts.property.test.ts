import * as fc from 'fast-check';
import { checkAmount, checkModeAmount, convenienceFee as feeOfSlabs, type AmountRule } from './amounts';
import { checkParameters, unusablePatterns } from './parameters';
import type { BillerParameter, ConvenienceFee, Exactness } from './port';
import { DomainError } from '../errors/errors';
import { cpuMsOf } from '../../test/support/cpu-time';

const paise = fc.bigInt({ min: 1n, max: 10n ** 9n });
const maybe = fc.option(paise, { nil: null });
const NONE = { minPaise: null, maxPaise: null } as const;
const ruleOf = (
  exactness: Exactness,
  over: Partial<NonNullable<AmountRule['bill']>> = {},
  biller: AmountRule['biller'] = NONE,
): AmountRule => ({
  exactness,
  bill: { amountPaise: 0n, minPaise: null, maxPaise: null, multiplePaise: null, ...over },
  biller,
});
const takes = (amount: bigint, rule: AmountRule): boolean => allows(() => checkAmount(amount, rule));
function allows(check: () => void): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (error instanceof DomainError && error.code === 'BBPS_AMOUNT_NOT_ALLOWED') return false;
    throw error;
  }
}

test('the limits of a payment mode hold for that mode alone', () => {
  fc.assert(
    fc.property(paise, maybe, maybe, (amount, minPaise, maxPaise) => {
      const limits = [
        { mode: 'Cash', minPaise, maxPaise },
        { mode: 'UPI', minPaise: null, maxPaise: null },
      ];
      const within = (minPaise === null || amount >= minPaise) && (maxPaise === null || amount <= maxPaise);
      expect(allows(() => checkModeAmount(amount, 'Cash', limits))).toBe(within);
      for (const mode of ['UPI', 'Wallet'])
        expect(allows(() => checkModeAmount(amount, mode, limits))).toBe(true);
    }),
  );
});

describe('exactness', () => {
  test.each([
    ['exact', (a: bigint, due: bigint) => a === due],
    ['exact_and_above', (a: bigint, due: bigint) => a >= due],
    ['exact_and_below', (a: bigint, due: bigint) => a <= due],
    ['any', () => true],
    ['range', () => true],
  ] as const)('%s says which amounts a bill takes', (exactness, holds) => {
    fc.assert(
      fc.property(paise, fc.oneof(paise, fc.constantFrom(-1n, 0n, 1n)), (due, other) => {
        const amount = other <= 1n ? due + other : other;
        fc.pre(amount > 0n);
        expect(takes(amount, ruleOf(exactness, { amountPaise: due }))).toBe(holds(amount, due));
      }),
    );
  });

  test('minimum, maximum and multiple of the bill, and the limits of the biller, hold for all but an exact bill', () => {
    fc.assert(
      fc.property(
        paise,
        fc.constantFrom<Exactness>('exact_and_above', 'exact_and_below', 'any', 'range', 'exact'),
        maybe,
        maybe,
        fc.option(fc.bigInt({ min: 1n, max: 10_000n }), { nil: null }),
        maybe,
        maybe,
        (amount, exactness, minPaise, maxPaise, multiplePaise, least, most) => {
          const within =
            (minPaise === null || amount >= minPaise) &&
            (maxPaise === null || amount <= maxPaise) &&
            (multiplePaise === null || amount % multiplePaise === 0n) &&
            (least === null || amount >= least) &&
            (most === null || amount <= most);
          const limits = { minPaise: least, maxPaise: most };
          expect(takes(amount, ruleOf(exactness, { minPaise, maxPaise, multiplePaise }, limits))).toBe(
            within,
          ); // a bill without an amount
          expect(takes(amount, { exactness, bill: null, biller: limits })).toBe(
            (least === null || amount >= least) && (most === null || amount <= most),
          );
          expect(
            takes(
              amount,
              ruleOf('exact', { amountPaise: amount, minPaise, maxPaise, multiplePaise }, limits),
            ),
          ).toBe(true);
        },
      ),
    );
  });
});

describe('the convenience fee', () => {
  const convenienceFee = (amount: bigint, slab: ConvenienceFee | null, gstBps: bigint): bigint =>
    feeOfSlabs(amount, slab === null ? [] : [slab], gstBps);
  const fee = fc.record({
    flatPaise: fc.bigInt({ min: 0n, max: 100_000n }),
    percentBps: fc.integer({ min: 0, max: 10_000 }),
  });
  const gst = fc.constantFrom(0n, 500n, 1_800n, 2_800n);
  test('is the exact fraction, rounded once and half up', () => {
    fc.assert(
      fc.property(paise, fee, gst, (amount, f, gstBps) => {
        const rounded = convenienceFee(amount, { ...f, fromPaise: 0n, toPaise: null }, gstBps);
        const twice = 2n * (f.flatPaise * 10_000n + amount * BigInt(f.percentBps)) * (10_000n + gstBps); // exact, in halves of 10^-8 paise
        const off = 2n * rounded * 100_000_000n - twice;
        expect(off > -100_000_000n && off <= 100_000_000n).toBe(true);
      }),
    );
  });
  test('grows with the amount, and there is none outside its slab or where the biller asks for none', () => {
    fc.assert(
      fc.property(paise, paise, fee, gst, (a, b, f, gstBps) => {
        const whole = { ...f, fromPaise: 0n, toPaise: null };
        expect(convenienceFee(a + b, whole, gstBps)).toBeGreaterThanOrEqual(convenienceFee(a, whole, gstBps));
        expect(convenienceFee(a, { ...f, fromPaise: a + b, toPaise: null }, gstBps)).toBe(0n);
        expect(convenienceFee(a + b, { ...f, fromPaise: 0n, toPaise: a }, gstBps)).toBe(0n);
        expect(convenienceFee(a, { ...f, fromPaise: a, toPaise: a }, gstBps)).toBe(
          convenienceFee(a, whole, gstBps),
        );
        expect(convenienceFee(a, null, gstBps)).toBe(0n);
      }),
    );
  });
  test('of any slabs that do not overlap, in any order, is that of the one that holds the amount', () => {
    const slab = fc.record({
      flatPaise: fc.bigInt({ min: 0n, max: 100_000n }),
      percentBps: fc.integer({ min: 0, max: 10_000 }),
      gapPaise: fc.bigInt({ min: 0n, max: 1_000n }),
      widthPaise: fc.bigInt({ min: 0n, max: 100_000n }),
    });
    fc.assert(
      fc.property(
        fc.array(slab, { maxLength: 6 }),
        gst,
        fc.infiniteStream(fc.nat()),
        (parts, gstBps, order) => {
          let at = 1n;
          const slabs = parts.map(({ gapPaise, widthPaise, ...part }) => {
            const fromPaise = at + gapPaise;
            const toPaise = fromPaise + widthPaise;
            at = toPaise + 1n;
            return { ...part, fromPaise, toPaise };
          });
          const mixed = slabs
            .map((one) => ({ one, key: order.next().value as number }))
            .toSorted((a, b) => a.key - b.key)
            .map(({ one }) => one);
          for (const one of slabs) {
            const within = [one.fromPaise, (one.fromPaise + one.toPaise) / 2n, one.toPaise];
            expect(within.map((amount) => feeOfSlabs(amount, mixed, gstBps))).toEqual(
              within.map((amount) => convenienceFee(amount, one, gstBps)),
            );
          }
          const outside = slabs
            .flatMap(({ fromPaise, toPaise }) => [fromPaise - 1n, toPaise + 1n])
            .filter((amount) => !slabs.some((one) => one.fromPaise <= amount && amount <= one.toPaise));
          expect(outside.filter((amount) => feeOfSlabs(amount, mixed, gstBps) !== 0n)).toEqual([]);
        },
      ),
    );
  });
  test('is that of the slab that holds the amount, its ends included', () => {
    const slabs = [
      { flatPaise: 590n, percentBps: 0, fromPaise: 1n, toPaise: 200_000n },
      { flatPaise: 1_180n, percentBps: 0, fromPaise: 200_001n, toPaise: 500_000n },
    ];
    const fees = [0n, 1n, 200_000n, 200_001n, 250_000n, 500_000n, 500_001n].map((a) =>
      feeOfSlabs(a, slabs, 1_800n),
    );
    expect(fees).toEqual([0n, 696n, 696n, 1_392n, 1_392n, 1_392n, 0n]);
  });
  test.each([
    [100_000n, 200n, 50, 826n],
    [287_000n, 500n, 0, 590n],
    [1n, 0, 1, 0n],
    [50n, 0, 100, 1n],
    [423n, 0, 10, 0n],
    [424n, 0, 10, 1n],
  ] as const)('%s paise, flat %s and %s bps with 18 %% GST: %s', (amount, flat, percentBps, expected) => {
    expect(
      convenienceFee(amount, { flatPaise: BigInt(flat), percentBps, fromPaise: 0n, toPaise: null }, 1_800n),
    ).toBe(expected);
  });
});

describe('parameters', () => {
  const parameter = (over: Partial<BillerParameter> = {}): BillerParameter => ({
    name: 'Account',
    label: 'Account',
    dataType: 'ALPHANUMERIC',
    isOptional: false,
    pattern: null,
    minLength: null,
    maxLength: null,
    ...over,
  });
  const problems = (
    asked: BillerParameter[],
    given: Record<string, string> | { name: string; value: string }[],
  ): string[] => {
    try {
      checkParameters(
        asked,
        Array.isArray(given) ? given : Object.entries(given).map(([name, value]) => ({ name, value })),
      );
      return [];
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'BBPS_PARAMETER_INVALID') throw error;
      return error.errors!.map((e) => `${e.pointer} ${e.detail}`);
    }
  };

  test('names, kinds and lengths', () => {
    expect(problems([parameter()], { Account: 'x' })).toEqual([]);
    expect(problems([parameter(), parameter({ name: 'Other', isOptional: true })], {})).toEqual([
      '#/customer/parameters lacks Account',
    ]);
    expect(problems([parameter()], { Account: 'x', constructor: 'y' })).toEqual([
      '#/customer/parameters/1/name must be one of Account',
    ]);
    expect(
      problems(
        [parameter()],
        [
          { name: 'Account', value: 'x' },
          { name: 'Account', value: 'x' },
        ],
      ),
    ).toEqual(['#/customer/parameters/1/name is given twice']);
    expect(problems([parameter({ minLength: 3, maxLength: 5 })], { Account: 'ab' })).toHaveLength(1);
    expect(problems([parameter({ minLength: 3, maxLength: 5 })], { Account: 'abcdef' })).toHaveLength(1);
    expect(problems([parameter({ dataType: 'NUMERIC' })], { Account: '12a' })).toHaveLength(1);
    expect(problems([parameter({ dataType: 'NUMERIC', pattern: '^[0-9]{3}$' })], { Account: '123' })).toEqual(
      [],
    );
  });

  test('patterns are searched for; a value never comes back in a problem', () => {
    const secret = 'SECRET-99';
    expect(problems([parameter({ pattern: '^[a-zA-Z0-9]{7,15}' })], { Account: 'abcdefg!' })).toEqual([]);
    const found = problems([parameter({ pattern: '^[0-9]+$' })], { Account: secret });
    expect(found).toEqual([
      '#/customer/parameters/0/value must be a text, of the form ^[0-9]+$, as the biller takes it',
    ]);
    expect(found.join()).not.toContain(secret);
  });

  const CATASTROPHIC = [
    '^(a+)+$',
    '^(a|a)*$',
    '^(a|aa)+$',
    '^(.*a){20}$',
    '^((a*)*)*$',
    '^(a?){60}a{60}$',
    '^([a-zA-Z0-9]+\\s?)*$',
    '^(\\w+\\d*)+:$',
  ];
  test.each(CATASTROPHIC)('%s is no slower than any other', (pattern) => {
    const asked = [parameter({ pattern })];
    problems(asked, { Account: 'warm' });
    const takenMs = cpuMsOf(() => {
      for (let i = 0; i < 20; i += 1) problems(asked, { Account: `${'a'.repeat(198)}!` });
    });
    expect(takenMs).toBeLessThan(1_500); // a backtracking engine needs longer than the universe has been there
  });

  test.each(['(?=a)b', '(a)\\1', '[', '((a{100}){100}){100}', `a{1001}`, 'a'.repeat(600), '(?<n>'])(
    '%s cannot be used: lengths are checked alone',
    (pattern) => {
      const asked = [parameter({ pattern, maxLength: 4 })];
      expect(unusablePatterns(asked)).toEqual(['Account']);
      expect(problems(asked, { Account: 'zz' })).toEqual([]);
      expect(problems(asked, { Account: 'zzzzz' })).toHaveLength(1);
    },
  );

  test('whatever pattern and value come, they are taken or refused, at once', () => {
    const started = process.cpuUsage();
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^[a-c()*+?|[\]{}\\^$.0-9]{0,30}$/)),
        fc.string({ maxLength: 200 }),
        (pattern, value) => {
          expect(problems([parameter({ pattern })], { Account: value }).length).toBeLessThan(2);
        },
      ),
      { numRuns: 400 },
    );
    expect(process.cpuUsage(started).user / 1_000).toBeLessThan(10_000);
  });
});
