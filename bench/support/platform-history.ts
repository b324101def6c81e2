import type { Client } from 'pg';
import { userId, type UserId } from '../../domain/ids/ids';
import { firstUuidAt } from '../../platform/ids';

/**
 * The history of a whole platform, made by SQL: the rows that lists, statements and searches read, of many users and
 * one large one, and nothing else. Constraints hold but for foreign keys; triggers are bypassed, and accounts have no
 * totals, so the books of such a database do not balance.
 */
export interface PlatformHistory {
  rows: number;
  /** A tenth of all rows: payouts and recharges that succeeded or failed, none was REVERSED. */
  large: HistoryUser;
  /** One of the others, with transactions of every service and status. */
  small: HistoryUser;
}

export interface HistoryUser {
  userId: UserId;
  walletId: string;
}

/** A row that a search looks for. */
export interface HistoryRow {
  id: string;
  reference: string;
  utr: string;
  providerReference: string;
}

/** A tenth of the rows is one user's; the others have as many each on a small platform as on a large one. */
const ROWS_A_USER = 10_000;
const usersOf = (rows: number): number => Math.max(10, Math.round(rows / ROWS_A_USER));
export const SECONDS_APART = 3;
const BATCH = 50_000;
/** So many of the newest are under way, one in twenty of them in review: as many on a large platform as on a small one. */
const OPEN = 500;
const TABLES = [
  'requests',
  'transactions',
  'payouts',
  'recharges',
  'dispatch_attempts',
  'transaction_outcomes',
  'transaction_events',
  'ledger_transfers',
];

export interface HistoryPlace {
  /** When the last transaction was accepted; the database's now where nothing is said. */
  endsAt?: Date;
  apartMs?: number;
  /** So many of the newest are under way. */
  open?: number;
  /** The ids of its accounts begin here, in a database that has others. */
  firstAccount?: number;
}
type Placed = Required<Omit<HistoryPlace, 'endsAt'>> & { endsAt: string };

/**
 * Makes `rows` transactions, `SECONDS_APART` apart and the last of them now, into a database that is migrated and empty.
 * Secondary indexes are dropped first and made again at the end, which is several times as fast.
 */
export async function makePlatformHistory(
  db: Client,
  rows: number,
  { tell = () => undefined, ...place }: HistoryPlace & { tell?: (done: number) => void } = {},
): Promise<PlatformHistory> {
  const placed = {
    ...{ apartMs: SECONDS_APART * 1_000, open: OPEN, firstAccount: 1, ...place },
    endsAt:
      place.endsAt === undefined
        ? `date_trunc('second', now())`
        : `timestamptz '${place.endsAt.toISOString()}'`,
  };
  await db.query('set session_replication_role = replica');
  await makeUsers(db, usersOf(rows), placed);
  const again = rows > BATCH ? await dropIndexes(db) : [];
  for (let from = 1; from <= rows; from += BATCH) {
    await makeRows(db, { from, to: Math.min(rows, from + BATCH - 1), rows, placed });
    tell(Math.min(rows, from + BATCH - 1));
  }
  await db.query(`set maintenance_work_mem = '1GB'`);
  for (const statement of again) await db.query(statement);
  await db.query('set session_replication_role = origin');
  await db.query('vacuum analyze');
  await db.query('checkpoint');
  return { rows, large: await userOf(db, 0), small: await userOf(db, 1) };
}

/** Successful transactions of a user, spread evenly over the history, the oldest first. */
export async function pickRows(
  db: Client,
  { rows: length }: PlatformHistory,
  user: HistoryUser,
  count: number,
): Promise<HistoryRow[]> {
  const oldest = Date.now() - length * SECONDS_APART * 1_000;
  const found: HistoryRow[] = [];
  for (let i = 0; i < count; i++) {
    const at = new Date(oldest + (i * length * SECONDS_APART * 1_000) / count);
    const { rows } = await db.query<HistoryRow>(
      `select id, reference, utr, provider_reference as "providerReference" from transactions
       where user_id = $1 and state = 'succeeded' and id >= $2 order by id limit 1`,
      [user.userId, firstUuidAt(at)],
    );
    found.push(...rows);
  }
  return found;
}

async function userOf(db: Client, no: number): Promise<HistoryUser> {
  const { rows } = await db.query<{ user: string; wallet: string }>(
    'select user_id as user, wallet_id as wallet from history_users where no = $1',
    [no],
  );
  return { userId: userId(rows[0]!.user), walletId: rows[0]!.wallet };
}

async function makeUsers(db: Client, users: number, { firstAccount: first }: Placed): Promise<void> {
  await db.query(`
    create temp table history_users as
      select no, gen_random_uuid() as user_id, gen_random_uuid() as wallet_id, (${first + 999} + no)::bigint as account_id
      from generate_series(0, ${users - 1}) no`);
  await db.query('analyze history_users');
  await db.query(`
    create temp table history_accounts as
      select account_id from history_users union all values (${first}::bigint), (${first + 1}::bigint)`);
  await db.query(`
    insert into ledger_accounts (id, code, type) overriding system value
      select account_id, 'wallet:' || user_id, 'liability' from history_users
      union all values (${first}, 'clearing:history', 'liability'), (${first + 1}, 'float:history', 'asset')`);
  await db.query(
    `select setval(pg_get_serial_sequence('ledger_accounts', 'id'), (select max(id) from ledger_accounts))`,
  );
  await db.query(
    `insert into users (id, kind, name, type, stage)
      select user_id, 'app', 'History ' || no, 'retailer', 'active' from history_users`,
  );
  await db.query(`
    insert into wallets (id, user_id, kind, account_id) select wallet_id, user_id, 'main', account_id from history_users`);
  await db.query(`
    insert into beneficiaries (id, user_id, kind, fingerprint, name_sealed, account_sealed, ifsc, hint)
      select wallet_id, user_id, 'bank', 'history', 'v1.x', 'v1.x', 'HDFC0000053', '…0000' from history_users`);
}

/** Every index but the primary keys; returns what makes them again. */
async function dropIndexes(db: Client): Promise<string[]> {
  const { rows: constraints } = await db.query<{ of: string; name: string; definition: string }>(
    `select conrelid::regclass::text as of, conname as name, pg_get_constraintdef(oid) as definition
     from pg_constraint where contype = 'u' and conrelid = any($1::regclass[])`,
    [TABLES],
  );
  for (const { of, name } of constraints) await db.query(`alter table ${of} drop constraint ${name}`);
  const { rows: indexes } = await db.query<{ name: string; definition: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
     from pg_index where not indisprimary and indrelid = any($1::regclass[])`,
    [TABLES],
  );
  for (const { name } of indexes) await db.query(`drop index ${name}`);
  return [
    ...indexes.map(({ definition }) => definition),
    ...constraints.map(
      ({ of, name, definition }) => `alter table ${of} add constraint ${name} ${definition}`,
    ),
  ];
}

interface Batch {
  from: number;
  to: number;
  rows: number;
  placed: Placed;
}

async function makeRows(db: Client, batch: Batch): Promise<void> {
  await db.query('begin');
  await db.query(madeSql(batch));
  for (const statement of fromMade(batch.placed.firstAccount)) await db.query(statement);
  await db.query('commit');
}

/** What the rows of all tables are made from. Ids say when they were accepted, as those of the product do. */
function madeSql({ from, to, rows, placed: { endsAt, apartMs, open } }: Batch): string {
  const lastEnded = Math.max(0, rows - open);
  return `
    create temp table made on commit drop as
    select n, (substr(ms, 1, 8) || '-' || substr(ms, 9, 4) || '-7' || substr(hash, 1, 3) || '-8' || substr(hash, 4, 3)
        || '-' || substr(hash, 7, 12))::uuid as id,
      at, u.*, service, state, state in ('succeeded', 'failed', 'reversed', 'refunded') as has_ended,
      case service when 'payout' then 'razorpayx' else 'eko' end as provider,
      case service when 'payout' then 'pout_' || substr(hash, 1, 14) else lpad(n::text, 10, '2') end as provider_reference,
      (400000000000 + n)::text as utr, 'order-' || n as reference
    from (
      select n, at, hash, ms, no,
        case when no = 0 then (case when kind < 900 then 'payout' else 'recharge' end)
          when kind < 700 then 'payout' when kind < 800 then 'recharge' when kind < 900 then 'dmt'
          when kind < 950 then 'bbps' else 'aeps' end as service,
        case when n > ${lastEnded} then (case when n % 20 = 7 then 'in_review' else 'dispatched' end)
          when luck < 40 then 'failed'
          when no = 0 or luck < 980 then 'succeeded' when luck < 990 then 'refunded' else 'reversed' end as state
      from (
        select n, at, md5(n::text) as hash,
          lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') as ms,
          case when n % 10 = 0 then 0 else 1 + n % ${usersOf(rows) - 1} end as no,
          (n::bigint * 7919) % 1000 as kind, (n::bigint * 104729 / 7) % 1000 as luck
        from (select n, ${endsAt} - (${rows} - n) * interval '${apartMs} ms' as at
          from generate_series(${from}, ${to}) n) numbered
      ) drawn
    ) told join history_users u using (no)`;
}

const fromMade = (first: number): readonly string[] => [
  `insert into requests (id, user_id, service, idempotency_key, reference, request_hash, accepted_body, created_at)
   select id, user_id, service, 'key-of-' || reference, reference, decode(repeat('00', 32), 'hex'), '{}', at from made`,
  `insert into transactions (id, request_id, user_id, wallet_id, account_id, service, flow, state, provider, amount_paise,
     fee_paise, tax_paise, reference, attempt_no, outcome, outcome_at, outcome_count, effect_count, posted_count, move_count,
     drive_no, next_poll_at, provider_reference, utr, expected_by, expires_at, created_at, updated_at, finished_at)
   select id, id, user_id, wallet_id, account_id, service, case service when 'aeps' then 'credit' else 'debit' end, state,
     provider, 10000, 300, 54, reference, 1, case when has_ended then 'succeeded' end, case when has_ended then at end,
     case when has_ended then 1 else 0 end, case when has_ended then 1 else 0 end, case when has_ended then 1 else 0 end, 3,
     4, case when state = 'dispatched' then at end, case when has_ended then provider_reference end,
     case when has_ended then utr end, at + interval '1 day', at + interval '1 hour', at, at, case when has_ended then at end
   from made`,
  `insert into payouts (transaction_id, beneficiary_id, mode, narration)
   select id, wallet_id, 'IMPS', 'History' from made where service = 'payout'`,
  `insert into recharges (transaction_id, user_id, mobile_sealed, mobile_fingerprint, mobile_hint, operator, circle,
     amount_paise, created_at)
   select id, user_id, 'v1.x', decode(repeat('00', 32), 'hex'), '98XXXXXX10', 'airtel', 'KA', 10000, at
   from made where service = 'recharge'`,
  `insert into dispatch_attempts (transaction_id, attempt_no, provider, our_reference, idempotency_key, refs, body_hash,
     send_before, created_at, acknowledged_at, acknowledged_reason, provider_reference)
   select id, 1, provider, 'our-' || n, 'our-' || n, '{}', decode(repeat('00', 32), 'hex'), at, at, at, 'processing',
     provider_reference from made`,
  `insert into transaction_outcomes (transaction_id, seq, kind, source, decision, effect_seq, effect, attempt_no, asked_at,
     recorded_at, sent, raw_status, provider_reference, utr)
   select id, 1, 'succeeded', 'callback', 'apply', 1, 'success', 1, at, at, true, 'processed', provider_reference, utr
   from made where has_ended`,
  `insert into transaction_events (transaction_id, seq, from_state, to_state, actor, reason, at)
   select id, 1, 'dispatched', 'in_review', 'history', 'history', at from made where state = 'in_review'`,
  `insert into ledger_transfers (journal_id, line, transaction_id, debit_account_id, credit_account_id, amount_paise, code,
     debit_balance_after, credit_balance_after, created_at)
   select id, line, id, case line when 0 then account_id else ${first} end,
     case when line = 0 then ${first} when state in ('failed', 'refunded', 'reversed') then account_id
       else ${first + 1} end, 10354,
     case line when 0 then 'hold' else 'settle' end, 0, 0, at
   from made cross join generate_series(0, 1) line where line = 0 or has_ended order by n, line`,
];
