import type { AccountId } from '../ids/ids';
import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import type { AccountSnapshot, Effects, Reservation, TransferRow } from './apply';
import type { Transfer } from './journal';

/** The set-based statements of the ledger: one for each step of the group commit, whatever the size of the batch. */

/** Creates missing counters and locks them all in the order of their keys. */
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
    select id, currency, debits_paise as "debitsPaise", credits_paise as "creditsPaise", floor_paise as "floorPaise"
    from ledger_accounts where id = any(?::int8[]) order by id for no key update`,
    [ids],
  );
  return new Map(found.map((a) => [a.id, a]));
}

/** The transfers of those journals that exist. Must run in a statement of its own after the locks, to see what others have committed meanwhile. */
export async function readJournals(
  trx: Knex.Transaction,
  ids: readonly string[],
): Promise<Map<string, Transfer[]>> {
  const journals = new Map<string, Transfer[]>();
  if (ids.length === 0) return journals;
  const found = await rows<Transfer & { journalId: string }>(
    trx,
    `
    select journal_id as "journalId", debit_account_id as "debitAccountId", credit_account_id as "creditAccountId", amount_paise as "amountPaise", code
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

/** Writes balances, transfers and counters; balances first, since the trigger on transfers compares them. */
export async function writeEffects(trx: Knex.Transaction, effects: Effects, at: Date): Promise<void> {
  if (effects.accounts.size > 0) {
    const entries = [...effects.accounts];
    expectRows(
      'accounts',
      entries.length,
      await execute(
        trx,
        `
      update ledger_accounts a set debits_paise = a.debits_paise + n.debits, credits_paise = a.credits_paise + n.credits
      from unnest(?::int8[], ?::int8[], ?::int8[]) as n(id, debits, credits) where a.id = n.id`,
        [
          entries.map(([id]) => id),
          entries.map(([, v]) => v.debitsPaise),
          entries.map(([, v]) => v.creditsPaise),
        ],
      ),
    );
    expectRows('transfers', effects.transfers.length, await insertTransfers(trx, effects.transfers, at));
  }
  const limits = [...effects.limits].filter(([, { deltaPaise }]) => deltaPaise !== 0n);
  if (limits.length > 0) {
    // The cap is an effective-dated rule: the counter takes that of the newest reservation, so that the CHECK compares with what was in force and not with the first of the period.
    expectRows(
      'limits',
      limits.length,
      await execute(
        trx,
        `
      update limit_counters l set used_paise = l.used_paise + n.delta, cap_paise = coalesce(n.cap, l.cap_paise) from unnest(?::text[], ?::int8[], ?::int8[]) as n(key, delta, cap) where l.key = n.key`,
        [
          limits.map(([key]) => key),
          limits.map(([, { deltaPaise }]) => deltaPaise),
          limits.map(([, { capPaise }]) => capPaise ?? null),
        ],
      ),
    );
  }
}

function insertTransfers(trx: Knex.Transaction, t: readonly TransferRow[], at: Date): Promise<number> {
  return execute(
    trx,
    `
    insert into ledger_transfers (journal_id, line, transaction_id, debit_account_id, credit_account_id, amount_paise, currency, code, debit_balance_after, credit_balance_after, created_at)
    select n.*, ?::timestamptz from unnest(?::uuid[], ?::int2[], ?::uuid[], ?::int8[], ?::int8[], ?::int8[], ?::text[], ?::text[], ?::int8[], ?::int8[]) as n`,
    [
      at,
      t.map((x) => x.journalId),
      t.map((x) => x.line),
      t.map((x) => x.transactionId),
      t.map((x) => x.debitAccountId),
      t.map((x) => x.creditAccountId),
      t.map((x) => x.amountPaise),
      t.map((x) => x.currency),
      t.map((x) => x.code),
      t.map((x) => x.debitBalanceAfter),
      t.map((x) => x.creditBalanceAfter),
    ],
  );
}

function expectRows(what: string, expected: number, written: number): void {
  if (written !== expected)
    throw new Error(`${written} ${what} were written where ${expected} were expected`);
}
