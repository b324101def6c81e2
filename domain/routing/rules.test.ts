import * as fc from 'fast-check';
import { createRuleFinder, ruleOf, rulesOn, type Asked, type RoutingRule } from './rules';
import { isStopped, type Stop } from './stops';

const rule = (name: string, over: Partial<RoutingRule> = {}): RoutingRule => ({
  ...{ service: 'payout', name, from: '2026-11-01', priority: 10 },
  ...{ class: null, subject: null, fromPaise: null, upToPaise: null, fromMinute: null, toMinute: null },
  ...{ providers: ['alpha'], weights: [1] },
  ...over,
});
const asked = (over: Partial<Asked> = {}): Asked => ({
  service: 'payout',
  class: 'IMPS',
  subject: 'HDFC',
  amountPaise: 150_000n,
  at: new Date('2026-11-20T06:30:00Z'), // noon in India
  ...over,
});
const found = (rules: RoutingRule[], over: Partial<Asked> = {}): string | undefined =>
  ruleOf(rulesOn(rules, 'payout', '2026-11-20'), asked(over))?.name;

test('the first by priority is of it, and of two equal ones the first by name', () => {
  expect(found([rule('b'), rule('c', { priority: 5 }), rule('a')])).toBe('c');
  expect(found([rule('b'), rule('a')])).toBe('a');
  expect(found([rule('a', { service: 'bbps' })])).toBeUndefined();
});

test('of one name the latest that has begun counts, and one without providers has ended', () => {
  const rules = [
    rule('night', { class: 'NEFT' }),
    rule('night', { from: '2026-11-15' }),
    rule('night', { from: '2026-12-01', class: 'NEFT' }),
  ];
  expect(found(rules)).toBe('night');
  expect(
    found([...rules, rule('night', { from: '2026-11-20', providers: [], weights: [] })]),
  ).toBeUndefined();
});

test.each<[string, Partial<RoutingRule>, Partial<Asked>, boolean]>([
  ['its class', { class: 'IMPS' }, {}, true],
  ['another class', { class: 'NEFT' }, {}, false],
  ['its bank', { subject: 'HDFC' }, {}, true],
  ['no bank', { subject: 'HDFC' }, { subject: null }, false],
  ['the least amount', { fromPaise: 150_000n }, {}, true],
  ['a paisa less', { fromPaise: 150_001n }, {}, false],
  ['the greatest amount', { upToPaise: 150_000n }, {}, true],
  ['a paisa more', { upToPaise: 149_999n }, {}, false],
  ['the first minute', { fromMinute: 720, toMinute: 721 }, {}, true],
  ['the minute after the last', { fromMinute: 700, toMinute: 720 }, {}, false],
  ['past midnight', { fromMinute: 1_380, toMinute: 721 }, {}, true],
  ['past midnight, by day', { fromMinute: 1_380, toMinute: 720 }, {}, false],
])('%s', (_, over, of, isFound) => {
  expect(found([rule('one', over)], of)).toBe(isFound ? 'one' : undefined);
});

test('a span of the day and the span of what it leaves out share the day', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1_439 }),
      fc.integer({ min: 0, max: 1_439 }),
      fc.integer({ min: 0, max: 10 ** 9 }),
      (from, to, seconds) => {
        fc.pre(from !== to);
        const at = new Date(Date.parse('2026-11-20T00:00:00Z') + (seconds % 86_400) * 1_000);
        const within = found([rule('one', { fromMinute: from, toMinute: to })], { at });
        const without = found([rule('one', { fromMinute: to, toMinute: from })], { at });
        expect([within, without].filter((name) => name === 'one')).toHaveLength(1);
      },
    ),
  );
});

test('the finder answers as the rules say when the day or the rules change', () => {
  const find = createRuleFinder();
  const first = [rule('one', { from: '2026-11-21' })];
  expect(find(first, asked())).toBeUndefined();
  expect(find(first, asked({ at: new Date('2026-11-21T06:30:00Z') }))?.name).toBe('one');
  expect(find([rule('two')], asked({ at: new Date('2026-11-21T06:30:00Z') }))?.name).toBe('two');
  expect(find([], asked())).toBeUndefined();
});

test.each<[string, Stop, boolean]>([
  ['its service', { service: 'payout', provider: null, subject: null }, true],
  ['another service', { service: 'bbps', provider: null, subject: null }, false],
  ['its provider', { service: null, provider: 'alpha', subject: null }, true],
  ['another provider', { service: null, provider: 'beta', subject: null }, false],
  ['its bank', { service: null, provider: null, subject: 'HDFC' }, true],
  ['its bank with its provider', { service: 'payout', provider: 'alpha', subject: 'HDFC' }, true],
  ['its bank with another', { service: 'payout', provider: 'beta', subject: 'HDFC' }, false],
  ['another bank', { service: 'payout', provider: 'alpha', subject: 'SBIN' }, false],
])('a stop of %s', (_, stop, isOf) => {
  expect(isStopped([stop], asked(), 'alpha')).toBe(isOf);
});
