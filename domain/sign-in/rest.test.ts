import { FakeClock } from '../../platform/clock';
import type { WayOut } from '../step-up/rules';
import { createPayoutRests } from './rest';

const clock = new FakeClock();
const rests = createPayoutRests({
  clock,
  rules: {
    of: (way: WayOut) => ({
      pinFromPaise: null,
      codeFromPaise: null,
      goodForS: 300,
      rests: way !== 'recharge',
    }),
  },
});
const until = new Date(clock.now().getTime() + 60_000);

test('what rests is said by the rule of the way, until the rest is over', () => {
  const caller = { payoutsRestUntil: until };
  expect(() => rests.require(caller, 'dmt')).toThrow(
    expect.objectContaining({ code: 'PAYOUTS_REST', retryAfterS: 60 }),
  );
  expect(() => rests.require(caller, 'recharge')).not.toThrow();
  clock.advance(60_000);
  expect(() => rests.require(caller, 'dmt')).not.toThrow();
});

test('a key has no rest, and no rule is asked for one', () => {
  const strict = createPayoutRests({
    clock,
    rules: {
      of: () => {
        throw new Error('asked');
      },
    },
  });
  expect(() => strict.require({}, 'payout')).not.toThrow();
  expect(() => strict.require({ payoutsRestUntil: null }, 'payout')).not.toThrow();
});
