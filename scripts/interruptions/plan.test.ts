import { makePlan, POINTS, PROCESSES, type Interruption } from './plan';
import { createRandom } from './random';

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);
const count = (plan: readonly Interruption[], test: (i: Interruption) => boolean): number =>
  plan.filter(test).length;

describe.each(['redis', 'postgres'] as const)('the plan of a full run with the queues on %s', (backend) => {
  const plans = SEEDS.map((seed) =>
    makePlan(createRandom(seed), { backend, interruptions: 47, processes: PROCESSES }),
  );

  /** The number in the plan that has fewest. */
  const least = (test: (i: Interruption) => boolean): number =>
    Math.min(...plans.map((plan) => count(plan, test)));
  /** The numbers that there are in some plan. */
  const counts = (test: (i: Interruption) => boolean): Set<number> =>
    new Set(plans.map((plan) => count(plan, test)));

  it('kills each process type four times, half of them at a named point', () => {
    for (const process of PROCESSES) {
      expect(least((i) => i.kind === 'kill' && i.process === process)).toBeGreaterThanOrEqual(4);
      const atPoints = POINTS[process] === undefined ? 0 : 2;
      expect(
        least((i) => i.kind === 'kill' && i.process === process && i.point !== undefined),
      ).toBeGreaterThanOrEqual(atPoints);
    }
  });

  it('kills the sandbox twice, and the API when a refund was answered', () => {
    expect(least((i) => i.kind === 'kill' && i.point === 'refund.answered')).toBeGreaterThanOrEqual(1);
    expect(least((i) => i.kind === 'kill' && i.process === 'sandbox')).toBeGreaterThanOrEqual(2);
  });

  it('freezes dispatch at every point of a send, and ledger in mid-batch past every time-out', () => {
    const froze = (point: string, longerThanMs: number): number =>
      least((i) => i.kind === 'freeze' && i.point === point && i.forMs > longerThanMs);
    for (const point of ['send.before_begin', 'send.begun', 'send.answered'])
      expect(froze(point, 3_000)).toBeGreaterThanOrEqual(1);
    expect(froze('ledger.locked', 5_000)).toBeGreaterThanOrEqual(1);
    expect(froze('ledger.written', 15_000)).toBeGreaterThanOrEqual(1);
  });

  it('stops PostgreSQL and empties the queue three times, and takes Redis away for 20 s', () => {
    expect(counts(() => true)).toEqual(new Set([47]));
    expect(counts((i) => i.kind === 'stop_postgres')).toEqual(new Set([3]));
    expect(least((i) => i.kind === 'empty_queue')).toBeGreaterThanOrEqual(3);
    expect(counts((i) => i.kind === 'stop_redis' && i.forMs === 20_000)).toEqual(
      new Set([backend === 'redis' ? 1 : 0]),
    );
  });

  it('is the same again with the same seed, and another with another', () => {
    const again = SEEDS.map((seed) =>
      makePlan(createRandom(seed), { backend, interruptions: 47, processes: PROCESSES }),
    );
    expect(again).toEqual(plans);
    expect(new Set(plans.map((plan) => JSON.stringify(plan))).size).toBe(SEEDS.length);
  });
});

test('ten interruptions are one of every kind', () => {
  for (const seed of SEEDS) {
    const plan = makePlan(createRandom(seed), { backend: 'redis', interruptions: 10, processes: PROCESSES });
    expect(plan).toHaveLength(10);
    expect(new Set(plan.map(({ kind }) => kind))).toEqual(
      new Set(['kill', 'freeze', 'stop_postgres', 'empty_queue']),
    );
    expect(new Set(plan.flatMap((i) => (i.kind === 'kill' ? [i.process] : [])))).toEqual(
      new Set(['api', 'ledger', 'dispatch', 'callbacks', 'polling', 'maintenance']),
    );
  }
});
