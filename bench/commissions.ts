import fs from 'node:fs';
import type { Knex } from 'knex';
import { Client } from 'pg';
import { createCommissionAccruals } from '../domain/commissions/accrue';
import { createCommissionPayouts } from '../domain/commissions/payouts';
import { createAccountDirectory } from '../domain/ledger/accounts';
import { FakeClock } from '../platform/clock';
import { makeKnex } from '../platform/database';
import { TOLD_APART } from '../domain/services/services';
import { systemIds } from '../platform/ids';
import { freshBenchDatabase, startBenchPostgres } from './support/database';
import { figure, note, readFlags, report } from './support/flags';
import { makeNetwork } from './support/network';

/**
 * Commission of a day: so many shares, three of each transaction, are earned and then paid into the wallets of a
 * network, tax and postings included. Beside it one `INSERT … SELECT` of as many rows with the same columns and key,
 * before and after, on the same database. The transactions are placed straight into rows, and wallets are open, as on
 * any day but the first; the database is made for it and thrown away at the end.
 */
const DEFAULTS = { accruals: 1_000_000, users: 101_200 };
const LEVELS = 3;
const DAY_MS = 86_400_000;
const AIM = 0.3;
const LOOK_MS = 50;

export async function run(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, DEFAULTS);
  const pg = await startBenchPostgres('commissions');
  try {
    const url = await freshBenchDatabase(pg, 'commissions', { queues: false });
    const db = new Client({ connectionString: pg.url('commissions') });
    await db.connect();
    const knex = makeKnex(url, { max: 4 });
    try {
      await makeNetwork(db, flags.users, note);
      const clock = new FakeClock(new Date());
      await plant(db, { transactions: Math.ceil(flags.accruals / LEVELS), at: clock.now() });
      await findTills(db, flags.users);
      const before = await peerMs(db, flags.accruals);
      const ours = await measure(knex, clock);
      const after = await peerMs(db, flags.accruals);
      const peer = flags.accruals / ((before + after) / 2_000);
      const rate = ours.accruals / ((ours.accrueMs + ours.payMs) / 1_000);
      report({
        bench: 'commissions',
        ours: figure(rate),
        peer: figure(peer),
        ratio: figure(rate / peer),
        aim: AIM,
        unit: 'shares earned and paid, rows/s; the peer writes as many rows and does nothing with them',
        ...ours,
        peer_ms: [before, after],
        flags,
      });
    } finally {
      await knex.destroy();
      await db.end();
    }
  } finally {
    await pg.stop();
    fs.rmSync(pg.dataDir, { recursive: true, force: true });
  }
}

interface Measured {
  accruals: number;
  wallets: number;
  accrueMs: number;
  payMs: number;
  /** Of this process: before, and at most. */
  rss_mib: number[];
}

async function measure(knex: Knex, clock: FakeClock): Promise<Measured> {
  const shared = {
    ...{ knex, clock, ids: systemIds, accounts: createAccountDirectory({ knex }), toldApart: TOLD_APART },
  };
  let peak = process.memoryUsage.rss();
  const base = peak;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), LOOK_MS);
  const began = performance.now();
  await createCommissionAccruals(shared).run();
  const accrueMs = Math.round(performance.now() - began);
  clock.advance(DAY_MS);
  const next = performance.now();
  const { payouts } = await createCommissionPayouts(shared).run();
  const payMs = Math.round(performance.now() - next);
  clearInterval(watch);
  const [{ count }] = (await knex('commission_accruals').count('*')) as [{ count: bigint }];
  const rssMib = [base, peak].map((bytes) => Math.round(bytes / 1_048_576));
  return { accruals: Number(count), wallets: payouts, accrueMs, payMs, rss_mib: rssMib };
}

/** The levels above come first: fewer users than those make no tills, and nothing would be measured. */
async function findTills(db: Client, users: number): Promise<void> {
  const { rowCount } = await db.query('select from tills limit 1');
  if (rowCount === 0) throw new Error(`none of ${users} users is a till: the bench needs more than 25,000`);
}

/** Writes the same rows, with the columns and the key of the accruals, from a table that has them already. */
async function peerMs(db: Client, count: number): Promise<number> {
  await db.query(`
    create table if not exists peer_source as
      select m.id as transaction_id, 1::int2 as turn, w.user_id, w.level, 100::int8 as gross_paise, 'daily' as mode,
        current_date as day, current_date + 1 as payable_from
      from planted m join uplines l on l.id = m.upline_id cross join lateral (values (m.user_id, 'sub_merchant'),
        (l.user_ids[1], 'retailer'), (l.user_ids[3], 'distributor')) as w(user_id, level) limit ${count}`);
  await db.query('create table peer (like peer_source, primary key (user_id, day, transaction_id, turn))');
  await db.query('checkpoint');
  const began = performance.now();
  await db.query('insert into peer select * from peer_source');
  const ms = Math.round(performance.now() - began);
  await db.query('drop table peer');
  return ms;
}

/** Transactions of tills, with their income in the ledger; a rule that shares it with the two levels above. */
async function plant(db: Client, { transactions, at }: { transactions: number; at: Date }): Promise<void> {
  await db.query('set session_replication_role = replica');
  for (const sql of PLANT)
    await db.query(
      sql.replaceAll('$count', String(transactions)).replaceAll('$at', `'${at.toISOString()}'::timestamptz`),
    );
  await db.query('set session_replication_role = default');
  await db.query('vacuum analyze');
  await db.query('checkpoint');
  note(`${transactions.toLocaleString('en-IN')} transactions are there`);
}

const NOBODY = "'00000000-0000-7000-8000-000000000001'::uuid";
const PLANT: readonly string[] = [
  `insert into ledger_accounts (code, type, floor_paise)
    select 'wallet:' || u.id || ':' || k.kind, 'liability', 0
    from users u, unnest(array['main', 'commission']) as k(kind)`,
  `insert into ledger_accounts (code, type) values ('income:commission:eko:recharge', 'income'), ('float:eko', 'asset')`,
  `insert into wallets (id, user_id, kind, account_id)
    select gen_random_uuid(), u.id, k.kind, a.id from users u, unnest(array['main', 'commission']) as k(kind)
      join ledger_accounts a on true where a.code = 'wallet:' || u.id || ':' || k.kind`,
  `insert into commission_schemes values (${NOBODY}, 'standard', 'all', null, ${NOBODY}, '2026-01-01')`,
  `insert into commission_rules (scheme_id, service, version, in_force_from, approval_id, created_at)
    values (${NOBODY}, 'recharge', 1, '2026-01-02', ${NOBODY}, '2026-01-01')`,
  `insert into commission_slabs select id, 1, 20000, null, 'amount' from commission_rules`,
  `insert into commission_slabs select id, 20001, 500000, 20000, 'amount' from commission_rules`,
  `insert into commission_shares
    select r.id, s.from_paise, 'amount', l.level, l.place, 0, l.bps, null from commission_rules r,
      commission_slabs s, (values ('sub_merchant', 1, 50), ('retailer', 2, 20), ('distributor', 3, 10)) as l(level, place, bps)`,
  `create temporary table tills as select row_number() over () as n, u.id, u.upline_id, w.id as wallet_id, w.account_id
    from users u join wallets w on w.user_id = u.id and w.kind = 'main' where u.type = 'sub_merchant'`,
  `create unique index on tills (n)`,
  `create temporary table planted as
    select (lpad(to_hex((extract(epoch from $at) * 1000)::int8 - $count / 20 + g / 20), 12, '0') || '7'
        || substr(md5(g::text), 1, 3) || '8' || substr(md5(g::text), 4, 15))::uuid as id,
      10000 + (g::int8 * 7919) % 40000 as amount, t.id as user_id, t.upline_id, t.wallet_id,
      t.account_id from generate_series(1, $count) g
      join tills t on t.n = 1 + g % (select count(*) from tills)`,
  `insert into transactions (id, user_id, wallet_id, account_id, service, flow, state, provider, amount_paise, fee_paise,
      tax_paise, reference, expected_by, expires_at, created_at, updated_at, finished_at, outcome, outcome_at,
      outcome_count, effect_count, posted_count, attempt_no, upline_id, request_id)
    select id, user_id, wallet_id, account_id, 'recharge', 'debit', 'succeeded', 'eko', amount, 0, 0, id, $at, $at, $at, $at,
      $at, 'succeeded', $at, 1, 1, 1, 1, upline_id, id from planted m`,
  `insert into recharges (transaction_id, user_id, mobile_sealed, mobile_fingerprint, mobile_hint, operator, circle,
      amount_paise, created_at)
    select id, user_id, 'v1.x', decode(repeat('00', 32), 'hex'), '98XXXXXX10', 'jio', 'KA', amount, $at from planted`,
  `insert into ledger_transfers (journal_id, line, transaction_id, debit_account_id, credit_account_id, amount_paise, code,
      debit_balance_after, credit_balance_after)
    select gen_random_uuid(), 0, m.id, f.id, i.id, m.amount / 100, 'commission', 0, 0
    from planted m, ledger_accounts f, ledger_accounts i
    where f.code = 'float:eko' and i.code = 'income:commission:eko:recharge'`,
];
