import type { AccountId } from '../ids/ids';
import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import { arraysOf, insertAll, int2, int8, table, text, uuid } from '../../platform/sql';
import type { AccountSnapshot, Effects, LimitGain, Reservation, TransferRow } from './apply';
import type { Transfer } from './journal';

/** The set-based statements of the ledger: one for each step of the group commit, however large the batch. */

/** Creates missing counters and locks all of them in the order of their keys. */
export async function lockLimitsForUpdate(
  trx: Knex.Transaction,
  reservations: readonly Reservation[],
): Promise<Map<string, { usedPaise: bigint }>> {
  if (reservations.length === 0) return new Map();
  const caps = new Map(reservations.map((r) => [r.key, r.capPaise]));
  const keys = [...caps.keys()].toSorted();
  const select =
    'select key, used_paise as "usedPaise" from limit_counters where key = any(?::text[]) order by key for no key update';
  type Row = { key: string; usedPaise: bigint };
  let found = await rows<Row>(trx, select, [keys]);
  if (found.length < keys.length) {
    await execute(
      trx,
      'insert into limit_counters (key, cap_paise) select * from unnest(?::text[], ?::int8[]) on conflict (key) do nothing',
      [keys, keys.map((k) => caps.get(k))],
    );
    found = await rows<Row>(trx, select, [keys]);
  }
  return new Map(found.map((r) => [r.key, r]));
}

/** Locks the accounts in the order of their ids and reads their totals. */
export async function lockAccountsForUpdate(
  trx: Knex.Transaction,
  ids: readonly AccountId[],
): Promise<Map<AccountId, AccountSnapshot>> {
  if (ids.length === 0) return new Map();
  const found = await rows<AccountSnapshot>(
    trx,
    `
    select id, currency, debits_paise as "debitsPaise", credits_paise as "creditsPaise", floor_paise as "floorPaise",
      spend_floor_paise as "spendFloorPaise"
    from ledger_accounts where id = any(?::int8[]) order by id for no key update`,
    [ids],
  );
  return new Map(found.map((a) => [a.id, a]));
}

/**
 * The transfers of the journals that exist. Must run as a separate statement after the locks, so that it sees
 * what others have committed in the meantime.
 */
export async function readJournals(
  trx: Knex.Transaction,
  ids: readonly string[],
): Promise<Map<string, Transfer[]>> {
  const journals = new Map<string, Transfer[]>();
  if (ids.length === 0) return journals;
  const found = await rows<Transfer & { journalId: string }>(
    trx,
    `
    select journal_id as "journalId", debit_account_id as "debitAccountId",
      credit_account_id as "creditAccountId", amount_paise as "amountPaise", code
    from ledger_transfers where journal_id = any(?::uuid[]) order by journal_id, line`,
    [ids],
  );
  for (const { journalId, ...transfer } of found) {
    const list = journals.get(journalId);
    if (list === undefined) journals.set(journalId, [transfer]);
    else list.push(transfer);
  }
  return journals;
}

const TRANSFERS = table<TransferRow>('ledger_transfers', {
  journal_id: uuid((t) => t.journalId),
  line: int2((t) => t.line),
  transaction_id: uuid((t) => t.transactionId),
  debit_account_id: int8((t) => t.debitAccountId),
  credit_account_id: int8((t) => t.creditAccountId),
  amount_paise: int8((t) => t.amountPaise),
  currency: text((t) => t.currency),
  code: text((t) => t.code),
  debit_balance_after: int8((t) => t.debitBalanceAfter),
  credit_balance_after: int8((t) => t.creditBalanceAfter),
});

const LIMITS = table<{ key: string } & LimitGain>('limit_counters', {
  key: text((l) => l.key),
  delta: int8((l) => l.deltaPaise),
  cap: int8((l) => l.capPaise),
});

/**
 * Writes transfers and counters. The totals of accounts are moved by the transfers themselves, in the database
 * (`ledger_transfers_move_balances`); a transfer that states another balance than it makes is refused there.
 */
export async function writeEffects(trx: Knex.Transaction, effects: Effects, at: Date): Promise<void> {
  await insertAll(trx, TRANSFERS, effects.transfers, { created_at: at });
  const limits = [...effects.limits]
    .filter(([, { deltaPaise }]) => deltaPaise !== 0n)
    .map(([key, gain]) => ({ key, ...gain }));
  if (limits.length === 0) return;
  // The cap is an effective-dated rule: the counter takes that of the newest reservation, so that the CHECK
  // compares with what was in force and not with the first of the period.
  const written = await execute(
    trx,
    `
    update limit_counters l set used_paise = l.used_paise + n.delta, cap_paise = coalesce(n.cap, l.cap_paise)
    from ${LIMITS.source} where l.key = n.key`,
    arraysOf(LIMITS, limits),
  );
  if (written !== limits.length)
    throw new Error(`${written} limits were written where ${limits.length} were expected`);
}
