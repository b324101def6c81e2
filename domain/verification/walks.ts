import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { Slice } from '../promises/check';
import { findHeads, type AuditInput } from './audit-heads';
import {
  ACCOUNTS,
  AUDIT_HEADS,
  AUDIT_LINKS,
  AUDIT_ROWS,
  BALANCES,
  checksOf,
  COMMISSION_PAYOUTS,
  LEDGER_SEALS,
  runSlice,
  STRETCH,
  TRANSACTIONS,
  type SliceResult,
} from './slices';
import { earners } from './walk-earners';

/**
 * The ways through the tables, part by part. Each is begun without a position, and says after each part where it is;
 * when it says nothing, it is through.
 */
export interface Walk {
  slice: Slice;
  step(db: Knex | Knex.Transaction, at: Position | undefined, size: number): Promise<Step>;
}

export type Position = Readonly<Record<string, string>>;

export interface Step extends SliceResult {
  next: Position | undefined;
}

const FIRST_UUID = '00000000-0000-0000-0000-000000000000';
const LAST_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
/** The characters of a UUIDv7 that say when it was made. */
const MILLISECONDS = 13;
const LAST_INT8 = '9223372036854775807';

/**
 * How much a part may have, for a size of 1. The checks of transactions look for the rows of each among all rows of
 * the part, so that a part twice as large takes four times as long; those of one account take as long as it has transfers.
 */
const OF_SIZE = { transactions: 0.5, accounts: 0.5, transfers: 2, transfersOfOneAccount: 8 } as const;
const within = (size: number, share: number): number => Math.max(1, Math.floor(size * share));

/** Some transactions at a time, to the end of a millisecond: journals begin with the same ones. */
const transactions: Walk = {
  slice: 'transactions',
  async step(db, at, size) {
    const after = at?.after ?? FIRST_UUID;
    const [last] = await rows<{ id: string }>(
      db,
      'select id from transactions where id > ?::uuid order by id limit 1 offset ?',
      [after, within(size, OF_SIZE.transactions) - 1],
    );
    const upto = last === undefined ? LAST_UUID : `${last.id.slice(0, MILLISECONDS)}-ffff-ffff-ffffffffffff`;
    const result = await runSlice(db, TRANSACTIONS, checksOf('transactions'), { after, upto });
    return { ...result, next: last === undefined ? undefined : { after: upto } };
  },
};

/** Some accounts at a time, as long as they have few transfers; one with many in stretches of its own. */
const accounts: Walk = {
  slice: 'accounts',
  async step(db, at, size) {
    if (at?.account !== undefined) return stretch(db, at, size);
    const after = at?.after ?? '0';
    const most = within(size, OF_SIZE.accounts);
    const room = within(size, OF_SIZE.transfers);
    const found = await rows<{ id: bigint; sides: number }>(db, SIDES, { after, most, room });
    const few: bigint[] = [];
    let count = 0;
    for (const account of found) {
      count += account.sides;
      if (count > room) break;
      few.push(account.id);
    }
    if (few.length === 0 && found[0] !== undefined) {
      const account = found[0].id.toString();
      return stretch(db, { account, from: '0', debits: '0', credits: '0' }, size);
    }
    if (few.length === 0) return { rowsChecked: 0, found: [], next: undefined };
    const result = await runSlice(db, ACCOUNTS, checksOf('accounts'), { accounts: few, room });
    const isThrough = few.length === found.length && found.length < most;
    return { ...result, next: isThrough ? undefined : { after: few.at(-1)!.toString() } };
  },
};

/** Transfers of an account on one side, by the index of statements, whatever the planner believes of their number. */
const sides = (column: string): string => `
  (select count(*) from (
    select from ledger_transfers t where t.${column} = a.id order by t.id limit :room::int8 + 1) as one_side)::int`;

/** Transfers of each of the next accounts, counted to one more than a part may have. */
const SIDES = `
  select a.id, ${sides('debit_account_id')} + ${sides('credit_account_id')} as sides
  from ledger_accounts a where a.id > :after::int8 order by a.id limit :most::int8`;

/** What can be said before the last transfer is reached. */
const OF_A_STRETCH: ReadonlySet<string> = new Set(['balance-chain']);

async function stretch(db: Knex | Knex.Transaction, at: Position, size: number): Promise<Step> {
  const { account, from, debits, credits } = at;
  const most = within(size, OF_SIZE.transfersOfOneAccount);
  const [cut] = await rows<{ id: bigint | null; count: number }>(db, CUT, { account, from, most });
  const isLast = cut === undefined || cut.id === null || cut.count < most;
  const part = { account, from, debits, credits, cut: isLast ? LAST_INT8 : cut.id!.toString() };
  const checks = checksOf('accounts').filter(({ name }) => isLast || OF_A_STRETCH.has(name));
  const result = await runSlice(db, STRETCH, checks, part);
  if (isLast) return { ...result, next: { after: account! } };
  const [sums] = await rows<{ debits: string; credits: string }>(db, SUMS, part);
  return { ...result, next: { account: account!, from: part.cut, ...sums! } };
}

const CUT = `
  select max(id) as id, count(*)::int as count from (
    select id from (
      (select id from ledger_transfers where debit_account_id = :account::int8 and id > :from::int8
        order by id limit :most::int8)
      union all
      (select id from ledger_transfers where credit_account_id = :account::int8 and id > :from::int8
        order by id limit :most::int8)) as either
    order by id limit :most::int8) as stretch`;

const SUMS = `
  select (:debits::int8 + coalesce((select sum(amount_paise) from ledger_transfers
      where debit_account_id = :account::int8 and id > :from::int8 and id <= :cut::int8), 0))::text as debits,
    (:credits::int8 + coalesce((select sum(amount_paise) from ledger_transfers
      where credit_account_id = :account::int8 and id > :from::int8 and id <= :cut::int8), 0))::text as credits`;

const lastOf = (table: string, column: string): string => `
  select ${column} as number from ${table} where ${column} > :after::int8
  order by ${column} limit 1 offset :size::int8 - 1`;

/** Rows with a number, `size` at a time. */
const byNumber = (slice: Slice, scope: typeof AUDIT_LINKS, last: string): Walk => ({
  slice,
  async step(db, at, size) {
    const after = at?.after ?? '0';
    const [end] = await rows<{ number: bigint }>(db, last, { after, size });
    const upto = end?.number.toString() ?? LAST_INT8;
    const result = await runSlice(db, scope, checksOf(slice), { after, upto });
    return { ...result, next: end === undefined ? undefined : { after: upto } };
  },
});

/** Payouts in the order of their ids. */
const commissionPayouts: Walk = {
  slice: 'commission_payouts',
  async step(db, at, size) {
    const after = at?.after ?? FIRST_UUID;
    const [last] = await rows<{ id: string }>(
      db,
      'select id from commission_payouts where id > :after::uuid order by id limit 1 offset :size::int8 - 1',
      { after, size },
    );
    const upto = last?.id ?? LAST_UUID;
    const result = await runSlice(db, COMMISSION_PAYOUTS, checksOf('commission_payouts'), { after, upto });
    return { ...result, next: last === undefined ? undefined : { after: upto } };
  },
};

/** A link holds a thousand transfers, and each is hashed anew. */
const TRANSFERS_OF_A_LINK = 1_000;
const seals = byNumber('ledger_seals', LEDGER_SEALS, lastOf('ledger_seals', 'seq'));
const ledgerSeals: Walk = {
  slice: 'ledger_seals',
  step: (db, at, size) => seals.step(db, at, Math.max(1, Math.floor(size / TRANSFERS_OF_A_LINK))),
};

const balances: Walk = {
  slice: 'balances',
  step: async (db) => ({ ...(await runSlice(db, BALANCES, checksOf('balances'), {})), next: undefined }),
};

const heads = (input: AuditInput): Walk => ({
  slice: 'audit_heads',
  async step(db) {
    const result = await runSlice(db, AUDIT_HEADS, checksOf('audit_heads'), {});
    const signatures = (await findHeads(db, input)).flatMap(({ name, result: signed }) =>
      (signed?.offenders ?? []).map((o) => ({ check: name, ...o, total: signed!.violations })),
    );
    return { ...result, found: [...result.found, ...signatures], next: undefined };
  },
});

/** Every way, in the order in which a pass takes them. */
export function walks(input: AuditInput): readonly Walk[] {
  return [
    balances,
    accounts,
    byNumber('audit_links', AUDIT_LINKS, lastOf('audit_links', 'seq')),
    byNumber('audit_rows', AUDIT_ROWS, lastOf('audit_log', 'id')),
    heads(input),
    transactions,
    earners,
    commissionPayouts,
    ledgerSeals,
  ];
}
