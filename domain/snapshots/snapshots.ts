import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import type { NightContext, NightResult, NightStep } from '../night/step';
import { SNAPSHOT_ERRORS } from './errors';

/**
 * The step that writes what each account held at the end of the day: what it held before and its transfers of the day,
 * which must come to the balance that its last transfer states. The lines of a day are found as statements find them
 * (`ledger_first_line_from`), account by account by their index, so that the whole ledger is never read.
 */
export function createBalancesStep({ long }: { long: Knex }): NightStep {
  return { kind: 'balances', dependsOn: ['close'], run: (context) => writeSnapshots(long, context) };
}

/** Accounts of one statement. */
const BATCH = 500;

interface BatchRow {
  last: bigint | null;
  accounts: number;
  written: number;
  wrong: bigint | null;
}

async function writeSnapshots(
  long: Knex,
  { date, begins, ends, progress, signal }: NightContext,
): Promise<NightResult> {
  const [all] = await rows<{ n: number }>(long, 'select count(*)::int as n from ledger_accounts');
  const total = all!.n;
  let [done, written] = [0, 0];
  for (let after: bigint | null = 0n; after !== null;) {
    signal.throwIfAborted();
    const [batch]: BatchRow[] = await rows<BatchRow>(long, WRITE, {
      date,
      begins,
      ends,
      after,
      batch: BATCH,
    });
    if (batch!.wrong !== null)
      throw new DomainError(SNAPSHOT_ERRORS.SNAPSHOT_DIFFERS, {
        detail: `the transfers of account ${batch!.wrong} on ${date} do not come to the balance that its last one states`,
      });
    done += batch!.accounts;
    written += batch!.written;
    progress(done, Math.max(total, done));
    after = batch!.accounts < BATCH ? null : batch!.last;
  }
  return { accounts: done, moved: written };
}

const NEVER = '9223372036854775807';
const newest = (side: 'debit' | 'credit'): string =>
  `(select id, created_at from ledger_transfers where ${side}_account_id = m.id order by id desc limit 1)`;
const sums = (side: 'debit' | 'credit'): string => `
  select coalesce(sum(amount_paise) filter (where id < b.end_id), 0)::int8 as day, coalesce(sum(amount_paise), 0)::int8 as rest,
    count(*) filter (where id < b.end_id)::int as lines, max(id) filter (where id < b.end_id) as last
  from ledger_transfers where ${side}_account_id = b.id and id >= b.start_id and (b.is_first or id < b.end_id)`;

/**
 * Accounts whose totals are those of their last row have not moved since and are left out. A transfer can be some
 * seconds older than one with a smaller id, as the clocks of two processes differ: only an account whose newest line is
 * older than that is taken as it is; of the others the first line of the next day is looked for.
 */
const WRITE = `
  with batch as materialized (
    select id, debits_paise, credits_paise from ledger_accounts where id > :after::int8 order by id limit :batch),
  moved as materialized (
    select a.id, a.debits_paise, a.credits_paise, p.last_line_id, p.debits_paise as debits_before,
      p.credits_paise as credits_before
    from batch a left join lateral (
      select s.last_line_id, s.debits_paise, s.credits_paise from balance_snapshots s
      where s.account_id = a.id and s.business_date < :date::date order by s.business_date desc limit 1) p on true
    where (coalesce(p.debits_paise, 0) <> a.debits_paise or coalesce(p.credits_paise, 0) <> a.credits_paise)
      and not exists (select from balance_snapshots s where s.account_id = a.id and s.business_date = :date::date)),
  bounded as materialized (
    select m.*, m.last_line_id is null as is_first, n.id as newest_id,
      case when m.last_line_id is not null then m.last_line_id + 1
        else coalesce((select line_id from ledger_first_line_from(m.id, :begins::timestamptz)), ${NEVER}) end as start_id,
      case when n.created_at < :ends::timestamptz - interval '1 minute' then ${NEVER}
        else coalesce((select line_id from ledger_first_line_from(m.id, :ends::timestamptz)), ${NEVER}) end as end_id
    from moved m cross join lateral (
      select id, created_at from (${newest('debit')} union all ${newest('credit')}) line order by id desc limit 1) n),
  summed as materialized (
    select b.id, b.is_first, b.start_id, b.end_id, d.day as day_debits, c.day as day_credits, d.lines + c.lines as day_lines,
      case when b.is_first then b.debits_paise - d.rest else b.debits_before end + d.day as debits,
      case when b.is_first then b.credits_paise - c.rest else b.credits_before end + c.day as credits,
      coalesce(greatest(d.last, c.last), least(b.start_id - 1, b.newest_id)) as last_id
    from bounded b cross join lateral (${sums('debit')}) d cross join lateral (${sums('credit')}) c),
  fit as materialized (
    select s.*, s.credits - s.debits = ledger_balance_before(s.id, s.end_id) and (not s.is_first
      or s.credits - s.day_credits - s.debits + s.day_debits = ledger_balance_before(s.id, s.start_id)) as is_right
    from summed s where s.day_lines > 0 or (s.is_first and (s.debits > 0 or s.credits > 0))),
  written as (
    insert into balance_snapshots (account_id, business_date, last_line_id, debits_paise, credits_paise,
      day_debits_paise, day_credits_paise, day_lines)
    select id, :date::date, last_id, debits, credits, day_debits, day_credits, day_lines from fit where is_right
    on conflict do nothing returning account_id)
  select (select max(id) from batch) as last, (select count(*) from batch)::int as accounts,
    (select count(*) from written)::int as written, (select min(id) from fit where not is_right) as wrong`;

/** What each account held at the end of a day, zero left out. Of a day that has no snapshots yet, the last that has. */
export const BALANCES_AT = `
  select a.id, a.code, a.type, s.credits_paise - s.debits_paise as balance
  from ledger_accounts a cross join lateral (
    select debits_paise, credits_paise from balance_snapshots
    where account_id = a.id and business_date <= :date::date order by business_date desc limit 1) s
  where s.credits_paise <> s.debits_paise`;
