import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { selectOffenders, type Check, type Offender, type Slice } from '../promises/check';
import { ALL_SERVICES } from '../services/services';
import { GROUPS } from './groups';

/**
 * Checks of a part of the tables. The statement of a check stays as it is: its tables are given as common table
 * expressions of the same names, which hold the rows of the part alone. `public.x` means the whole table.
 */
export interface SliceResult {
  rowsChecked: number;
  found: SliceOffender[];
}

export interface SliceOffender extends Offender {
  check: string;
  /** Of the check, in this part. */
  total: number;
}

/** What a part is made of. */
interface Scope {
  /** Common table expressions. */
  tables: string;
  /** Counts the rows that are looked at. */
  count: string;
}

type Values = Readonly<Record<string, unknown>>;

/** Runs checks on a part of the tables, in one statement and so on one state of the books. */
export async function runSlice(
  db: Knex | Knex.Transaction,
  scope: Scope,
  checks: readonly Check[],
  values: Values,
): Promise<SliceResult> {
  const found = await rows<{ name: string; id: string | null; detail: string | null; total: number }>(
    db,
    textOf(scope, checks),
    values,
  );
  const rowsChecked = found.find(({ name }) => name === COUNT)?.total ?? 0;
  return {
    rowsChecked,
    found: found.flatMap(({ name, id, detail, total }) =>
      name === COUNT || id === null ? [] : [{ check: name, id, detail: detail ?? '', total }],
    ),
  };
}

/** The checks that can be made on parts of a kind. */
export function checksOf(slice: Slice): Check[] {
  return GROUPS.flatMap(({ checks }) => checks.filter((check) => check.slice === slice));
}

const COUNT = '(rows)';

function textOf({ tables, count }: Scope, checks: readonly Check[]): string {
  const names = new Set(checks.map(({ name }) => name));
  const shared = GROUPS.filter((g) => g.checks.some(({ name }) => names.has(name))).flatMap(
    (g) => g.shared ?? [],
  );
  const expressions = [tables, ...shared].filter((text) => text !== '');
  const selects = checks.map((check) => selectOffenders({ ...check, offenders: known(check) }));
  return `
    ${expressions.length === 0 ? '' : `with ${expressions.join(', ')}`}
    select '${COUNT}' as name, null as id, null as detail, (${count})::int as total
    union all ${selects.join(' union all ')}`;
}

/** A side of a transfer that lies outside the part has no name. */
function known({ offenders, isInOrder }: Check): string {
  const columns = isInOrder === true ? 'id, detail, place' : 'id, detail';
  return `select ${columns} from (${offenders}) as all_of (${columns}) where id is not null`;
}

const IN_RANGE = (id: string): string => `${id} > :after::uuid and ${id} <= :upto::uuid`;

/** Found by the index whatever the planner believes of their number: one look for each. */
const oneByOne = (table: string, on: string): string =>
  `select y.* from public.${table} y where y.${on} offset 0`;

/** Rows of the transactions of the part, and of those that its journals name; also rows whose transaction is not there. */
const ofTransactions = (table: string): string => `
  ${table} as materialized (
    select x.* from public.${table} x where ${IN_RANGE('x.transaction_id')}
    union all
    select x.* from pulled p cross join lateral (${oneByOne(table, 'transaction_id = p.id')}) x)`;

/**
 * Transactions with ids above `:after`, up to `:upto`, and the journals of these ids: they begin with the same
 * milliseconds as the transaction that they were derived from. A journal of a decision has an id of its own. It is
 * found by the event that names it; and the transaction that it names is looked at again where its id falls, so that a
 * journal that no event names is seen there.
 */
export const TRANSACTIONS: Scope = {
  tables: `
    pulled as materialized (
      select distinct x.transaction_id as id from public.ledger_transfers x
      where ${IN_RANGE('x.journal_id')} and not (${IN_RANGE('x.transaction_id')})),
    transactions as materialized (
      select x.* from public.transactions x where ${IN_RANGE('x.id')}
      union all
      select x.* from pulled p cross join lateral (${oneByOne('transactions', 'id = p.id')}) x),
    ${[
      'transaction_events',
      'transaction_outcomes',
      'dispatch_attempts',
      'commission_earnings',
      'dispute_endings',
      ...ALL_SERVICES.map(({ details }) => details.table),
    ]
      .map(ofTransactions)
      .join(', ')},
    commission_accruals as materialized (
      select x.* from commission_earnings e join transactions t on t.id = e.transaction_id
        left join public.uplines l on l.id = t.upline_id
        cross join lateral unnest(t.user_id || l.user_ids) as who(id)
        cross join lateral (${oneByOne(
          'commission_accruals',
          `user_id = who.id and y.day = e.day
          and y.transaction_id = e.transaction_id and y.turn = e.turn`,
        )}) x),
    named_journals as materialized (
      select distinct e.journal_id as id from transaction_events e
      where e.journal_id is not null and not (${IN_RANGE('e.journal_id')})),
    ledger_transfers as materialized (
      select x.* from public.ledger_transfers x where ${IN_RANGE('x.journal_id')}
      union all
      select x.* from named_journals n
        cross join lateral (${oneByOne('ledger_transfers', 'journal_id = n.id')}) x),
    ledger_accounts as materialized (
      select x.* from (
        select distinct debit_account_id as id from ledger_transfers
        union select distinct credit_account_id from ledger_transfers) s
      cross join lateral (${oneByOne('ledger_accounts', 'id = s.id')}) x)`,
  count: 'select count(*) from transactions',
};

/** A transfer of which only those sides are seen that belong to the accounts of the part. */
const maskedTransfer = (isOfPart: (account: string) => string): string => `
  x.id,
  case when ${isOfPart('x.debit_account_id')} then x.debit_account_id end as debit_account_id,
  case when ${isOfPart('x.credit_account_id')} then x.credit_account_id end as credit_account_id,
  x.amount_paise,
  case when ${isOfPart('x.debit_account_id')} then x.debit_balance_after end as debit_balance_after,
  case when ${isOfPart('x.credit_account_id')} then x.credit_balance_after end as credit_balance_after`;

const isAmong = (account: string): string => `${account} = any(:accounts::int8[])`;

/**
 * By the index of statements, account by account. They were counted a moment ago, and there were no more than `:room`;
 * an account does not get three times as many in that moment.
 */
const bySide = (column: string): string => `
  ledger_accounts a cross join lateral (
    select y.* from public.ledger_transfers y where y.${column} = a.id order by y.id limit :room::int8 * 4) x`;

/** The accounts `:accounts` with all of their transfers. */
export const ACCOUNTS: Scope = {
  tables: `
    ledger_accounts as materialized (select x.* from public.ledger_accounts x where ${isAmong('x.id')}),
    ledger_transfers as materialized (
      select ${maskedTransfer(isAmong)} from ${bySide('debit_account_id')}
      union all
      select ${maskedTransfer(isAmong)} from ${bySide('credit_account_id')}
      where not (${isAmong('x.debit_account_id')}))`,
  count: `select (select count(*) from ledger_accounts) + (select count(*) from ledger_transfers)`,
};

const isIt = (account: string): string => `${account} = :account::int8`;
const SINCE = 'x.id > :from::int8 and x.id <= :cut::int8';

/**
 * One account with many transfers, a stretch of them at a time. Two rows stand for those before the stretch: all that
 * was debited, and all that was credited.
 */
export const STRETCH: Scope = {
  tables: `
    ledger_accounts as materialized (select x.* from public.ledger_accounts x where ${isIt('x.id')}),
    ledger_transfers as materialized (
      select -1::int8 as id, :account::int8 as debit_account_id, null::int8 as credit_account_id,
        :debits::int8 as amount_paise, -:debits::int8 as debit_balance_after, null::int8 as credit_balance_after
      where :debits::int8 > 0
      union all
      select 0, null, :account::int8, :credits::int8, null, :credits::int8 - :debits::int8 where :credits::int8 > 0
      union all
      select ${maskedTransfer(isIt)} from public.ledger_transfers x where ${isIt('x.debit_account_id')} and ${SINCE}
      union all
      select ${maskedTransfer(isIt)} from public.ledger_transfers x where ${isIt('x.credit_account_id')} and ${SINCE})`,
  count: 'select count(*) from ledger_transfers',
};

/** Every account, without transfers. */
export const BALANCES: Scope = { tables: '', count: 'select count(*) from ledger_accounts' };

/** Users above `:after`, up to `:upto`, with all that they have earned and got. */
export const EARNERS: Scope = {
  tables: ['commission_dues', 'commission_returns', 'commission_accruals', 'commission_payouts']
    .map(
      (table) =>
        `${table} as materialized (select x.* from public.${table} x where ${IN_RANGE('x.user_id')})`,
    )
    .join(', '),
  count: 'select count(*) from commission_accruals',
};

const OF_USER = 'x.user_id = :user::uuid';
/** The user with many shares, a stretch of them at a time: one row stands for those before it. */
export const EARNER_STRETCH: Scope = {
  tables: `
    commission_dues as materialized (select x.* from public.commission_dues x where ${OF_USER}),
    commission_returns as materialized (select x.* from public.commission_returns x where ${OF_USER}),
    commission_payouts as materialized (select x.* from public.commission_payouts x where ${OF_USER}),
    commission_accruals as materialized (
      select null::uuid as transaction_id, null::int2 as turn, :user::uuid as user_id, null::text as level,
        :gross::int8 as gross_paise, null::text as mode, null::date as day, null::date as payable_from,
        0 as payment
      where :gross::int8 <> 0
      union all
      select x.* from public.commission_accruals x where ${OF_USER}
        and (x.day, x.transaction_id, x.turn) > (:day::date, :transaction::uuid, :turn::int2)
        and (x.day, x.transaction_id, x.turn) <= (:uptoDay::date, :uptoTransaction::uuid, :uptoTurn::int2))`,
  count: 'select count(*) from commission_accruals',
};

/** Payouts with ids above `:after`, up to `:upto`. */
export const COMMISSION_PAYOUTS: Scope = {
  tables: `commission_payouts as materialized (
    select x.* from public.commission_payouts x where ${IN_RANGE('x.id')})`,
  count: 'select count(*) from commission_payouts',
};

/** Links of the seal above `:after`, up to `:upto`. */
export const LEDGER_SEALS: Scope = {
  tables: `ledger_seals as materialized (
    select x.* from public.ledger_seals x where x.seq > :after::int8 and x.seq <= :upto::int8)`,
  count: 'select coalesce(sum(cardinality(transfers)), 0) from ledger_seals',
};

/** Links above `:after`, up to `:upto`. */
export const AUDIT_LINKS: Scope = {
  tables: `audit_links as materialized (
    select x.* from public.audit_links x where x.seq > :after::int8 and x.seq <= :upto::int8)`,
  count: 'select count(*) from audit_links',
};

/** Rows of the log with ids above `:after`, up to `:upto`. */
export const AUDIT_ROWS: Scope = {
  tables: `audit_log as materialized (
    select x.* from public.audit_log x where x.id > :after::int8 and x.id <= :upto::int8)`,
  count: 'select count(*) from audit_log',
};

export const AUDIT_HEADS: Scope = { tables: '', count: 'select count(*) from audit_heads' };
