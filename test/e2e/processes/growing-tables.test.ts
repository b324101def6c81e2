/**
 * A connection keeps the plans that it made while the tables of a new database were empty. What was planned as a read
 * of the whole table would still be one at a million rows.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { rows } from '../../../platform/database';
import { WORKER_TYPES } from '../../../workers/types';
import { createGarden } from '../../support/planting';
import { startPlatform, type Platform } from '../../support/platform';
import { createDay, type Day } from '../../support/service-flows';
import { until } from '../../support/until';

/** What grows with each transaction, and with each person. */
const GROWING = [
  ...['requests', 'transactions', 'transaction_events', 'transaction_outcomes', 'dispatch_attempts'],
  ...['ledger_transfers', 'callbacks', 'api_calls', 'ops_cases', 'notifications', 'audit_log'],
  ...['payouts', 'dmt_transfers', 'bbps_fetches', 'bbps_payments', 'recharges', 'account_validations'],
  ...['users', 'api_keys', 'wallets', 'beneficiaries', 'dmt_senders', 'dmt_recipients', 'screening_hits'],
];
/** More than the connections of the process, and than the runs after which a plan is kept. */
const ROUNDS = 8;
/** After this long PostgreSQL has counted what a connection has done. */
const COUNTED_MS = 2_000;

let p: Platform;
let day: Day;
const g = createGarden();
beforeAll(async () => {
  const workers = WORKER_TYPES.filter((type) => type !== 'nightly'); // nights read whole tables
  p = await startPlatform({ setu: true, eko: true, workers });
  day = await createDay(p, g);
});
afterAll(async () => {
  await p.close();
});

async function scans(): Promise<Map<string, bigint>> {
  await pause(COUNTED_MS);
  const found = await rows<{ table: string; scans: bigint }>(
    p.db,
    `select relname::text as "table", seq_scan as scans from pg_stat_user_tables where schemaname = 'public'`,
  );
  return new Map(found.map((row) => [row.table, row.scans]));
}

async function wholeTables(flow: () => Promise<void>): Promise<string[]> {
  const before = await scans();
  await flow();
  const after = await scans();
  return GROWING.filter((table) => after.get(table)! > before.get(table)!);
}

test('no statement reads a whole table that grows with traffic', async () => {
  const { sender } = await day.verified('sender');
  const to = await day.recipient(sender, 'paid', '0000');
  const found = await wholeTables(async () => {
    for (let n = 0; n < ROUNDS; n++) {
      const payouts = ['0000', '3333', '2222'].map((ending) =>
        day.ended(day.payout(`${n} ${ending}`, ending)),
      );
      const bill = await day.good(day.bill(`bill ${n}`, '0000'));
      await Promise.all([
        ...payouts,
        day.ended(day.pay(bill)),
        day.ended(day.topUp(`recharge ${n}`, '0000')),
      ]);
      await day.statusOf(await day.transfer(sender, to, `transfer ${n}`));
    }
    await until(
      () =>
        rows<{ id: string }>(
          p.c.knex,
          'select id from transactions where due_from is not null and due_at is not null limit 1',
        ),
      (open) => open.length === 0,
    );
  });
  expect(found).toEqual([]);
});
