/**
 * The checks made part by part find what they find on whole tables, with the same statements: nothing on legal data,
 * and the same offender for each way in which it can be wrong.
 */
import { GROUPS } from '../../../domain/verification/groups';
import type { SliceOffender } from '../../../domain/verification/slices';
import { execute } from '../../../platform/database';
import { pass } from '../../support/walks';
import { BREAKS, isOffender, withNames } from '../../support/breaks';
import { createVerifiedWorld, lookAtBroken, type Ids } from '../../support/verified-world';
import type { World } from '../../support/world';

let world: World;
let ids: Ids;

beforeAll(async () => {
  ({ world, ids } = await createVerifiedWorld());
});
afterAll(async () => {
  await world.close();
});

// Two of the ten transactions share a millisecond, and so a part.
it.each([
  [1, 10],
  [7, 4],
  [500, 1],
])('finds nothing on legal data, with a size of %s', async (size, parts) => {
  const { found, steps, rowsChecked } = await pass(world.knex, size);
  expect(found).toEqual([]);
  expect(rowsChecked.transactions).toBe(Object.keys(ids).length);
  expect(rowsChecked.balances).toBeGreaterThan(5);
  expect(steps.transactions).toBe(parts);
});

const sliced = new Set(
  GROUPS.flatMap(({ checks }) => checks.flatMap(({ name, slice }) => (slice === undefined ? [] : [name]))),
);

it('checks that need whole tables are these', () => {
  const whole = GROUPS.flatMap(({ checks }) => checks.map(({ name }) => name)).filter(
    (name) => !sliced.has(name),
  );
  expect(whole).toEqual([
    ...['commission-mirrored', 'commission-taxed'],
    'settlement-debited',
    'settlement-ended',
    'settlement-on-its-way',
    'tax-posted',
    'tds-remitted',
    'tds-summed',
    ...['gst-supply', 'gst-payable', 'gst-invoice', 'gst-note', 'gst-lines'],
    ...['break-booked', 'break-losses'],
    'limits',
    'wallet-controls',
    'wallet-transfers',
    ...['dispute-ended', 'dispute-held', 'dispute-claims'],
    'unique-keys',
    ...['payout-file-lines', 'payout-file-counted'],
    'overdue-transactions',
    'overdue-callbacks',
    'overdue-inquiries',
    'work-has-a-time',
    'sealed',
    ...['beneficiary-once', 'beneficiary-masked'],
    'customer-day',
    'enquiry-commission',
    'one-collection-for-an-order',
  ]);
});

/** Of an account that is not there no part of the accounts tells; the money of its transactions does. */
const ONLY_WHOLE = 'a transfer of an account that does not exist';

describe.each([7])('with a size of %s', (size) => {
  it.each(BREAKS.filter(({ name, how }) => sliced.has(name) && how !== ONLY_WHOLE))(
    '$name is red for $how',
    async (one) => {
      const { found } = await lookAtBroken(
        world.knex,
        { sql: withNames(ids, one.sql), drop: one.drop },
        (trx) => pass(trx, size),
      );
      const named = found.filter(({ check }) => check === one.name);
      expect(named.filter(({ id }) => isOffender(one, ids, id))).not.toEqual([]);
      expect(named.every(({ detail, total }) => detail.length > 5 && total > 0)).toBe(true);
    },
  );
});

it('a journal that names a transaction of another time is seen, although no event names it', async () => {
  const { found } = await lookAtBroken(
    world.knex,
    {
      sql: `insert into ledger_transfers (journal_id, line, transaction_id, debit_account_id, credit_account_id,
          amount_paise, code, debit_balance_after, credit_balance_after)
        select 'fefefefe-0000-4000-8000-00000000dead', 0, transaction_id, debit_account_id, credit_account_id,
          amount_paise, code, 0, 0
        from ledger_transfers where code = 'principal' and transaction_id = '${ids.succeeded}'`,
    },
    (trx) => pass(trx, 2),
  );
  expect(found.filter(({ check }) => check === 'paid-once').map(({ id }) => id)).toEqual([
    `transaction ${ids.succeeded}`,
  ]);
  expect(found.filter(({ check }) => check === 'journal-events').map(({ id }) => id)).toEqual([
    'journal fefefefe-0000-4000-8000-00000000dead',
  ]);
});

it('an account with more transfers than a part has is walked in stretches', async () => {
  const user = await world.user(1_000_000n);
  for (let i = 0; i < 5; i++) await world.first.holds.hold([await world.accept(user)]);
  expect((await pass(world.knex, 2)).found).toEqual([]);
  const { found } = await lookAtBroken(
    world.knex,
    {
      sql: `update ledger_transfers set debit_balance_after = debit_balance_after - 7 where id = (
        select id from ledger_transfers where debit_account_id = ${user.accountId} order by id offset 2 limit 1)`,
    },
    (trx) => pass(trx, 2),
  );
  expect(new Set(found.map(({ check }) => check))).toEqual(new Set(['balance-chain']));
});

it('stays green beside a ledger that never rests', async () => {
  const user = await world.user(1_000_000_000n);
  const work = { done: false, batches: 0 };
  const busy = (async () => {
    for (; !work.done; work.batches += 1) {
      const batch = await Promise.all(Array.from({ length: 10 }, () => world.accept(user)));
      await world.first.holds.hold(batch);
    }
  })();
  const found: SliceOffender[] = [];
  while (work.batches < 6) found.push(...(await pass(world.knex, 5)).found);
  work.done = true;
  await busy;
  expect(found).toEqual([]);
  expect(await execute(world.knex, 'select from transactions limit 60')).toBe(60);
});
