/** What holds of the choice of a road whatever the rules, the roads and the transaction are. */
import * as fc from 'fast-check';
import { namedUuidAt } from '../../platform/ids';
import { choose, chooseAgain, orderOf, type Road, type Standing } from './choose';
import type { RoutingRule } from './rules';

const STANDINGS = ['open', 'away', 'stopped', 'not_set_up'] as const satisfies readonly Standing[];
/** The first of them that there is is taken. */
const ALLOWED = ['open', 'away', 'stopped'] as const;
const NAMES = ['alpha', 'beta', 'gamma', 'delta'] as const;
const AT = new Date('2026-12-01T06:30:00Z');

const roads = (standings: readonly Standing[] = STANDINGS): fc.Arbitrary<Road[]> =>
  fc.uniqueArray(
    fc.record({
      provider: fc.constantFrom(...NAMES),
      weight: fc.constantFrom(0, 0, 1, 30, 70, 1_000),
      standing: fc.constantFrom(...standings),
    }),
    { selector: ({ provider }) => provider, minLength: 1, maxLength: NAMES.length },
  );
const ids = fc.string({ minLength: 1, maxLength: 20 }).map((name) => namedUuidAt(AT, name));
const rule = {
  service: 'payout',
  name: 'any',
  from: '2026-11-01',
  priority: 1,
  ...{ class: null, subject: null, fromPaise: null, upToPaise: null, fromMinute: null, toMinute: null },
  ...{ providers: [], weights: [] },
} satisfies RoutingRule;

/** By whom so many transactions go, counted. */
function counted(given: readonly Road[], many: number): Map<string, number> {
  const count = new Map<string, number>();
  for (let n = 0; n < many; n += 1) {
    const chosen = providerOf(given, namedUuidAt(AT, `${n}`));
    count.set(chosen, (count.get(chosen) ?? 0) + 1);
  }
  return count;
}

function providerOf(given: readonly Road[], id: string): string {
  const choice = choose(rule, given, id);
  return 'none' in choice ? choice.none : choice.provider;
}

const withStanding = (given: readonly Road[], of: string, standing: Standing): Road[] =>
  given.map((road) => (road.provider === of ? { ...road, standing } : road));

describe('a new transaction', () => {
  test('never goes by what is stopped or not there, and by what is away only where nothing is open', () => {
    fc.assert(
      fc.property(roads(), ids, (given, id) => {
        const choice = choose(rule, given, id);
        const has = (standing: Standing): boolean => given.some((road) => road.standing === standing);
        const allowed = ALLOWED.find((standing) => has(standing)) ?? 'not_set_up';
        const taken =
          'none' in choice
            ? choice.none
            : given.find(({ provider }) => provider === choice.provider)!.standing;
        expect({ taken, isTaken: !('none' in choice) }).toEqual({
          taken: allowed,
          isTaken: allowed === 'open' || allowed === 'away',
        });
      }),
    );
  });

  test('goes the same road whenever it is asked for', () => {
    fc.assert(
      fc.property(roads(), fc.string(), fc.integer({ min: 1, max: 10 ** 9 }), (given, name, later) => {
        const again = namedUuidAt(new Date(AT.getTime() + later), name);
        expect(choose(rule, given, again)).toEqual(choose(rule, given, namedUuidAt(AT, name)));
      }),
    );
  });

  test('has a reason that the database takes, however many roads are closed to it', () => {
    const given = Array.from({ length: 20 }, (_, n): Road => ({
      provider: `a_provider_of_a_long_name_${n}`,
      weight: n + 1,
      standing: n === 0 ? 'open' : 'stopped',
    }));
    for (let n = 0; n < 20; n += 1) {
      const choice = choose(rule, given, namedUuidAt(AT, `${n}`));
      expect('none' in choice ? '' : choice.why).toMatch(/^rule any, weight 1 of 210, a_provider/);
      expect('none' in choice ? 0 : choice.why!.length).toBeLessThanOrEqual(300);
    }
  });

  test('falls into the share of a road as its weight says', () => {
    const given: Road[] = [
      { provider: 'alpha', weight: 70, standing: 'open' },
      { provider: 'beta', weight: 25, standing: 'open' },
      { provider: 'gamma', weight: 5, standing: 'open' },
      { provider: 'delta', weight: 0, standing: 'open' },
    ];
    const many = 20_000;
    const count = counted(given, many);
    for (const { provider, weight } of given) {
      const share = weight / 100;
      const deviation = Math.sqrt(share * (1 - share) * many);
      expect(Math.abs((count.get(provider) ?? 0) - share * many)).toBeLessThanOrEqual(5 * deviation);
    }
  });

  test('keeps its road when another one closes, and of the one that closes all go elsewhere', () => {
    fc.assert(
      fc.property(roads(['open', 'away']), ids, fc.constantFrom(...NAMES), (given, id, closing) => {
        const before = providerOf(given, id);
        const after = providerOf(withStanding(given, closing, 'stopped'), id);
        expect(before === closing ? after !== closing : after === before).toBe(true);
      }),
    );
  });

  test('changes only to a road that became heavier', () => {
    fc.assert(
      fc.property(roads(['open']), ids, fc.constantFrom(...NAMES), (given, id, heavier) => {
        const before = orderOf(given, id)[0]!.provider;
        const after = orderOf(
          given.map((road) => (road.provider === heavier ? { ...road, weight: road.weight + 50 } : road)),
          id,
        )[0]!.provider;
        expect([before, heavier]).toContain(after);
      }),
    );
  });
});

describe('a transaction that waits', () => {
  const waits = fc.record({
    id: ids,
    provider: fc.constantFrom(...NAMES),
    tried: fc.array(fc.constantFrom(...NAMES), { maxLength: 6 }),
  });

  test('moves only to another road that is open, and says why', () => {
    fc.assert(
      fc.property(roads(), waits, fc.constantFrom(...STANDINGS), (given, waiting, otherwise) => {
        const current = given.find(({ provider }) => provider === waiting.provider)?.standing ?? otherwise;
        const again = chooseAgain(given, waiting, current);
        const open = given.filter(({ standing }) => standing === 'open').map(({ provider }) => provider);
        const isAnyOpen = open.length > 0 || current === 'open';
        const isRight = {
          stopped: () => current === 'stopped' && !isAnyOpen,
          stay: () => current === 'open' || !isAnyOpen,
          move: () =>
            again.kind === 'move' &&
            again.to !== waiting.provider &&
            open.includes(again.to) &&
            again.why.startsWith(`after ${waiting.provider}, which `),
        }[again.kind];
        expect({ again, isRight: isRight() }).toEqual({ again, isRight: true });
      }),
    );
  });

  test('tries every open road once before it tries any twice', () => {
    fc.assert(
      fc.property(roads(['open']), ids, (given, id) => {
        const tried: string[] = [];
        let provider = orderOf(given, id)[0]!.provider;
        for (let attempt = 0; attempt < 3 * given.length; attempt += 1) {
          const again = chooseAgain(given, { id, provider, tried }, 'open');
          if (again.kind === 'move') provider = again.to;
          tried.push(provider);
          const times = given.map((road) => tried.filter((one) => one === road.provider).length);
          expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test('keeps a road that was agreed with its caller, and stops with it', () => {
    fc.assert(
      fc.property(roads(), waits, fc.constantFrom(...STANDINGS), (given, waiting, current) => {
        expect(chooseAgain(given, { ...waiting, keepsRoad: true }, current)).toEqual({
          kind: current === 'stopped' ? 'stopped' : 'stay',
        });
      }),
    );
  });
});
