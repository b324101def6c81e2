import type { Knex } from 'knex';
import type { AccountId, UserId } from '../ids/ids';
import { execute, rows } from '../../platform/database';
import type { Paise } from '../../platform/money';
import { selectOf, type ColumnsOf } from '../../platform/sql';

/** The statements about fund requests. */

export const FUND_MODES = ['IMPS', 'NEFT', 'RTGS', 'UPI', 'CASH'] as const;
export type FundMode = (typeof FUND_MODES)[number];
export const FUND_REQUEST_STATES = ['pending', 'approved', 'rejected', 'withdrawn'] as const;
export type FundRequestState = (typeof FUND_REQUEST_STATES)[number];

export interface FundRequestRow {
  id: string;
  userId: UserId;
  accountId: AccountId;
  bank: string;
  mode: FundMode;
  amountPaise: Paise;
  utr: string;
  /** `YYYY-MM-DD` */
  paidOn: string;
  state: FundRequestState;
  idempotencyKey: string;
  requestHash: Buffer;
  createdAt: Date;
  decidedAt: Date | null;
  note: string | null;
}

export interface FundRule {
  minPaise: Paise;
  maxPaise: Paise;
  dayCapPaise: Paise | null;
  oldestDays: number;
}

type Database = Knex | Knex.Transaction;

const COLUMNS = selectOf({
  id: 'id',
  userId: 'user_id',
  accountId: 'account_id',
  bank: 'bank',
  mode: 'mode',
  amountPaise: 'amount_paise',
  utr: 'utr',
  paidOn: 'paid_on::text',
  state: 'state',
  idempotencyKey: 'idempotency_key',
  requestHash: 'request_hash',
  createdAt: 'created_at',
  decidedAt: 'decided_at',
  note: 'note',
} satisfies ColumnsOf<FundRequestRow>);

export async function findByKey(
  db: Database,
  userId: UserId,
  key: string,
): Promise<FundRequestRow | undefined> {
  const [found] = await rows<FundRequestRow>(
    db,
    `select ${COLUMNS} from fund_requests where user_id = ? and idempotency_key = ?`,
    [userId, key],
  );
  return found;
}

export async function findRequest(db: Database, id: string): Promise<FundRequestRow | undefined> {
  const [found] = await rows<FundRequestRow>(db, `select ${COLUMNS} from fund_requests where id = ?`, [id]);
  return found;
}

const LAST_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Those of a user, the newest first. */
export function listOfUser(
  lists: Knex,
  userId: UserId,
  { before, limit }: { before: string | undefined; limit: number },
): Promise<FundRequestRow[]> {
  return rows<FundRequestRow>(
    lists,
    `select ${COLUMNS} from fund_requests where user_id = :userId and id < :before::uuid
    order by id desc limit :limit`,
    { userId, before: before ?? LAST_UUID, limit },
  );
}

/** What waits, the oldest first. */
export function listWaiting(db: Database, limit: number): Promise<FundRequestRow[]> {
  return rows<FundRequestRow>(
    db,
    `select ${COLUMNS} from fund_requests where state = 'pending' order by created_at, id limit ?`,
    [limit],
  );
}

export async function fundRuleOn(
  db: Database,
  date: string,
  { bank, mode }: { bank: string; mode: FundMode },
): Promise<FundRule | undefined> {
  const [rule] = await rows<FundRule>(
    db,
    `select min_paise as "minPaise", max_paise as "maxPaise", day_cap_paise as "dayCapPaise",
      oldest_days as "oldestDays"
    from fund_request_rules where bank = :bank and mode = :mode and in_force_from <= :date::date
    order by in_force_from desc limit 1`,
    { bank, mode, date },
  );
  return rule;
}

/** The main wallet, and its account under the lock of a posting: requests of one user are counted one by one. */
export async function lockMainWallet(
  trx: Knex.Transaction,
  userId: UserId,
): Promise<{ walletId: string; accountId: AccountId }> {
  const [found] = await rows<{ walletId: string; accountId: AccountId }>(
    trx,
    `select w.id as "walletId", w.account_id as "accountId"
    from wallets w join ledger_accounts a on a.id = w.account_id
    where w.user_id = ? and w.kind = 'main' for no key update of a`,
    [userId],
  );
  return found!;
}

/** What a user says to have paid on one day in this way, and what was not refused. */
export async function sumOfDay(
  trx: Knex.Transaction,
  { userId, mode, paidOn }: Pick<FundRequestRow, 'userId' | 'mode' | 'paidOn'>,
): Promise<Paise> {
  const [found] = await rows<{ sum: Paise }>(
    trx,
    `select coalesce(sum(amount_paise), 0)::int8 as sum from fund_requests
    where user_id = :userId and mode = :mode and paid_on = :paidOn::date and state in ('pending', 'approved')`,
    { userId, mode, paidOn },
  );
  return found!.sum;
}

/** How often a UTR came up before and was not approved. */
export async function timesRefused(db: Database, utr: string): Promise<number> {
  const [found] = await rows<{ count: number }>(
    db,
    "select count(*)::int as count from fund_requests where utr = ? and state in ('rejected', 'withdrawn')",
    [utr],
  );
  return found!.count;
}

/** False where it does not wait any more. */
export async function decideRequest(
  trx: Database,
  id: string,
  to: {
    state: FundRequestState;
    by: UserId | null;
    at: Date;
    note?: string;
    journalId?: string;
  },
): Promise<boolean> {
  const { state, by, at, note = null, journalId = null } = to;
  const decided = await execute(
    trx,
    `update fund_requests set state = :state, decided_by = :by, decided_at = :at, note = :note, journal_id = :journalId
    where id = :id and state = 'pending'`,
    { id, state, by, at, note, journalId },
  );
  return decided === 1;
}
