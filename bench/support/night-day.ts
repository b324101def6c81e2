import type { Client } from 'pg';
import { startOfBusinessDate } from '../../platform/clock';
import { makePlatformHistory } from './platform-history';

const DAY_MS = 86_400_000;
/** What a night writes. */
const WRITTEN = [
  ...['nights', 'nightly_runs', 'balance_snapshots', 'ledger_seals', 'ledger_seal_heads'],
  ...['safeguarding_days', 'safeguarding_lines', 'tat_delays', 'tat_compensations'],
];

/** A business day of a platform that stands: `rows` ended transactions spread over it, with books that balance. */
export async function makeNightDay(db: Client, { day, rows }: { day: string; rows: number }): Promise<void> {
  const begins = startOfBusinessDate(day).getTime();
  const {
    rows: [last],
  } = await db.query<{ id: string }>('select coalesce(max(id), 0) as id from ledger_accounts');
  await makePlatformHistory(db, rows, {
    endsAt: new Date(begins + DAY_MS - 1_000),
    apartMs: (DAY_MS - 2_000) / rows,
    open: 0,
    firstAccount: Number(last!.id) + 1,
  });
  await db.query('set session_replication_role = replica');
  for (const statement of BALANCE) await db.query(statement);
  await db.query('set session_replication_role = origin');
  await db.query('vacuum analyze');
  await db.query('checkpoint');
}

/** As if there had been no night. Triggers that keep it are passed by. */
export async function forgetNight(db: Client): Promise<void> {
  await db.query('set session_replication_role = replica');
  await db.query(`truncate ${WRITTEN.join(', ')} cascade`);
  await db.query('set session_replication_role = origin');
  await db.query('checkpoint');
}

/** The balance after each line of the history, and the totals of its accounts. */
const BALANCE = [
  `create temp table history_balances as
    select id, side, account, sum(change) over (partition by account order by id) as after
    from (
      select id, 'debit' as side, debit_account_id as account, -amount_paise as change from ledger_transfers
      union all
      select id, 'credit', credit_account_id, amount_paise from ledger_transfers) line
    where account in (select account_id from history_accounts)`,
  'create index on history_balances (id)',
  'analyze history_balances',
  `update ledger_transfers t set debit_balance_after = d.after, credit_balance_after = c.after
    from history_balances d join history_balances c on c.id = d.id and c.side = 'credit'
    where t.id = d.id and d.side = 'debit'`,
  `update ledger_accounts a set debits_paise = coalesce(s.debits, 0), credits_paise = coalesce(s.credits, 0)
    from (
      select account, (sum(amount) filter (where side = 'debit'))::int8 as debits,
        (sum(amount) filter (where side = 'credit'))::int8 as credits
      from (
        select debit_account_id as account, 'debit' as side, amount_paise as amount from ledger_transfers
        union all select credit_account_id, 'credit', amount_paise from ledger_transfers) line
      where account in (select account_id from history_accounts) group by 1) s
    where a.id = s.account`,
];
