import { answeringKnex } from '../test/support/answering-knex';
import { createInForce, inForceOn, IN_FORCE_FROM, type Dated, type RuleTable } from './in-force';

const PRICES: RuleTable<Dated & { mode: string; feePaise: bigint }> = {
  name: 'prices',
  columns: { from: IN_FORCE_FROM, mode: 'mode', feePaise: 'fee_paise' },
};
const TIMINGS: RuleTable<{ waitMs: number }> = {
  name: 'timings',
  columns: { waitMs: 'wait_ms' },
  hasProfile: true,
  where: "kind = 'wait'",
};

/** A database that answers every statement with `answer()`. */
function stubbed(answer: () => object[]) {
  const statements: [string, unknown][] = [];
  const knex = answeringKnex(({ text, values }) => {
    statements.push([text, values]);
    return answer();
  });
  return { knex, statements };
}

afterEach(() => {
  jest.useRealTimers();
});

test('each table is read whole, under the names of its columns, for one profile where it has them', async () => {
  const { knex, statements } = stubbed(() => []);
  (await createInForce({ knex, profile: 'production' }, { prices: PRICES, timings: TIMINGS })).close();
  expect(statements).toEqual([
    ['select in_force_from::text as "from", mode as "mode", fee_paise as "feePaise" from prices', undefined],
    [`select wait_ms as "waitMs" from timings where profile = $1 and kind = 'wait'`, ['production']],
  ]);
});

test('the tables are read again every half minute; what was read last stays while the database is away', async () => {
  jest.useFakeTimers();
  let answer = (): object[] => [{ waitMs: 1 }];
  const errors: unknown[] = [];
  const { knex } = stubbed(() => answer());
  const inForce = await createInForce(
    { knex, profile: 'production', onError: (error) => errors.push(error) },
    { timings: TIMINGS },
  );
  answer = () => [{ waitMs: 2 }];
  await jest.advanceTimersByTimeAsync(29_999);
  expect(inForce.rows().timings).toEqual([{ waitMs: 1 }]);
  await jest.advanceTimersByTimeAsync(1);
  expect(inForce.rows().timings).toEqual([{ waitMs: 2 }]);
  answer = () => {
    throw new Error('away');
  };
  await jest.advanceTimersByTimeAsync(30_000);
  expect(inForce.rows().timings).toEqual([{ waitMs: 2 }]);
  expect(errors).toEqual([new Error('away')]);
  await expect(inForce.refresh()).rejects.toThrow('away');
  inForce.close();
  answer = () => [{ waitMs: 3 }];
  await jest.advanceTimersByTimeAsync(60_000);
  expect(inForce.rows().timings).toEqual([{ waitMs: 2 }]);
});

test('in force is the row with the latest begin that has come', () => {
  const rows = [{ from: '2026-04-01' }, { from: '2026-11-26' }, { from: '2026-11-25' }];
  expect(inForceOn(rows, '2026-11-25')).toEqual({ from: '2026-11-25' });
  expect(inForceOn(rows, '2026-11-24')).toEqual({ from: '2026-04-01' });
  expect(inForceOn(rows, '2026-03-31')).toBeUndefined();
});
