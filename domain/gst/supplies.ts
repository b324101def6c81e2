import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import { accountCode, type AccountDirectory } from '../ledger/accounts';

/**
 * Reads the lines of the GST account in their order. A journal that moves a fee and the tax on it is a supply; one that
 * pays the tax to the state moves no fee and is none. Where the reading stands moves with what was written.
 */
export interface SupplyDependencies {
  knex: Knex;
  accounts: AccountDirectory;
  /** Lines of one database transaction. */
  batch?: number;
  onBatch?(lines: number): void;
}

const BATCH = 20_000;

export async function gatherSupplies(deps: SupplyDependencies): Promise<number> {
  const account = await deps.accounts.id(accountCode.gstPayable());
  let supplies = 0;
  for (;;) {
    const done = await gatherBatch(deps, account);
    supplies += done.supplies;
    deps.onBatch?.(done.lines);
    if (done.lines === 0) return supplies;
  }
}

function gatherBatch(
  { knex, batch = BATCH }: SupplyDependencies,
  account: bigint,
): Promise<{ lines: number; supplies: number }> {
  return knex.transaction(async (trx) => {
    const [at] = await rows<{ readId: bigint }>(
      trx,
      'select read_id as "readId" from gst_reading for update',
    );
    // A statement after the lock: it sees what whoever held it has written.
    const [part] = await rows<{ upto: bigint | null; lines: number }>(trx, PART, {
      account,
      after: at!.readId,
      batch,
    });
    if (part!.upto === null) return { lines: 0, supplies: 0 };
    const values = { account, after: at!.readId, upto: part!.upto, fees: accountCode.feeIncome('%') };
    // What is given back looks for the supply that it was, so that comes first.
    const supplies =
      (await execute(trx, insertWhere('taxable > 0'), values)) +
      (await execute(trx, insertWhere('taxable < 0'), values));
    await execute(trx, 'update gst_reading set read_id = ?', [part!.upto]);
    return { lines: part!.lines, supplies };
  });
}

const linesOf = (bounds: string): string => `
  select id, journal_id from ledger_transfers where credit_account_id = :account::int8 and id > :after::int8 ${bounds}
  union all
  select id, journal_id from ledger_transfers where debit_account_id = :account::int8 and id > :after::int8 ${bounds}`;

/** The last journal of a full part may go on behind it, and waits. */
const PART = `
  with lines as materialized (
    select * from (${linesOf('')}) as both_sides order by id limit :batch::int8
  ), whole as (
    select * from lines where (select count(*) from lines) < :batch::int8
      or journal_id <> (select journal_id from lines order by id desc limit 1)
  )
  select max(id) as upto, count(*)::int as lines from whole`;

const FEE = 'like :fees::text';

/**
 * The supply that is given back: that of the settlement, else the newest of the transaction, else of the user one of the
 * same sum. It was made before, and one that was given back already is the last choice: two that come back in one part
 * are two supplies, or notes would come to more than their invoice.
 */
const ORIGIN = `
  select c.journal_id from (
    select s.journal_id, count(*) over () as choices,
      row_number() over (order by r.is_back, s.day desc, s.journal_id desc) as choice
    from gst_supplies s left join moved m on m.journal_id = s.journal_id
      cross join lateral (select exists (select from gst_supplies g where g.origin = s.journal_id) as is_back) r
    where k.taxable < 0 and s.taxable_paise > 0 and coalesce(m.first_id < k.first_id, true)
      and (s.journal_id = k.settlement or k.settlement is null and s.transaction_id = k.transaction_id
        or k.settlement is null and k.transaction_id is null and s.user_id = k.user_id and s.service = k.service
          and s.taxable_paise = -k.taxable and not r.is_back)) c
  where c.choice = case when k.transaction_id is null then k.turn else least(k.turn, c.choices) end`;

const insertWhere = (which: string): string => `
  insert into gst_supplies (journal_id, user_id, service, transaction_id, day, taxable_paise, tax_paise, origin)
  with journals as materialized (
    select distinct journal_id from (${linesOf('and id <= :upto::int8')}) as both_sides
  ), moved as materialized (
    select j.journal_id, min(x.id) as first_id, (array_agg(x.transaction_id))[1] as transaction_id,
      (min(x.created_at) at time zone 'Asia/Kolkata')::date as day,
      sum(case :account::int8 when x.credit_account_id then x.amount_paise when x.debit_account_id then -x.amount_paise
        else 0 end)::int8 as tax,
      sum(case when c.code ${FEE} then x.amount_paise when d.code ${FEE} then -x.amount_paise else 0 end)::int8 as taxable,
      max(case when c.code ${FEE} then split_part(c.code, ':', 3) when d.code ${FEE} then split_part(d.code, ':', 3) end)
        as service,
      max(case when d.code like 'wallet:%' then d.id when c.code like 'wallet:%' then c.id end) as wallet_account
    from journals j join ledger_transfers x on x.journal_id = j.journal_id
      join ledger_accounts d on d.id = x.debit_account_id join ledger_accounts c on c.id = x.credit_account_id
    group by j.journal_id
  ), known as (
    select m.*, coalesce(t.user_id, w.user_id) as user_id, i.journal_id as settlement
    from moved m left join transactions t on t.id = m.transaction_id left join wallets w on w.account_id = m.wallet_account
      left join settlement_endings e on e.journal_id = m.journal_id left join settlement_items i on i.id = e.item_id
  ), turns as (
    select k.*, row_number() over (partition by settlement, transaction_id, user_id, service, taxable order by first_id) as turn
    from known k
  )
  select k.journal_id, k.user_id, k.service, k.transaction_id, k.day, k.taxable, k.tax, o.journal_id
  from turns k left join lateral (${ORIGIN}) o on true
  where ${which} and k.user_id is not null
  on conflict (journal_id) do nothing`;
