import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import type { Paise } from '../../platform/money';
import { date, insertNew, int8, table, text, timestamptz, updateAll, uuid } from '../../platform/sql';
import type { AccountId, UserId } from '../ids/ids';
import type { WalletKind } from '../ledger/accounts';
import type { PaysBy, Share } from './rules';

type Db = Knex | Knex.Transaction;

export interface Batch {
  id: string;
  walletKind: WalletKind;
  businessDate: string;
  cutoffAt: Date;
  paysBy: PaysBy;
  bank: string | null;
  madeAt: Date | null;
}

const BATCHES = table<Batch>('settlement_batches', {
  id: uuid((b) => b.id),
  wallet_kind: text((b) => b.walletKind),
  business_date: date((b) => b.businessDate),
  cutoff_at: timestamptz((b) => b.cutoffAt),
  pays_by: text((b) => b.paysBy),
  bank: text((b) => b.bank),
});

/** The batch of a cut-off, which is opened when there is none. */
export async function openBatch(knex: Knex, batch: Omit<Batch, 'madeAt'>, at: Date): Promise<Batch> {
  await insertNew(knex, BATCHES, [{ ...batch, madeAt: null }], {
    conflict: '(wallet_kind, cutoff_at)',
    returning: 'id',
    shared: { opened_at: at },
  });
  const [found] = await rows<Batch>(
    knex,
    `select id, wallet_kind as "walletKind", business_date::text as "businessDate", cutoff_at as "cutoffAt",
      pays_by as "paysBy", bank, made_at as "madeAt"
    from settlement_batches where wallet_kind = :kind and cutoff_at = :cutoffAt`,
    { kind: batch.walletKind, cutoffAt: batch.cutoffAt },
  );
  return found!;
}

/**
 * Every wallet was looked at, and so many have no account to be paid to. False where an item has no payout yet: another
 * process has made it since.
 */
export function markMade(
  knex: Knex,
  { id, withoutAccount, at }: { id: string; withoutAccount: number; at: Date },
): Promise<boolean> {
  return knex.transaction(async (trx) => {
    // who makes items holds the batch too
    await execute(trx, 'select from settlement_batches where id = ? for update', [id]);
    const [open] = await unpaidItems(trx, { batchId: id, without: [], limit: 1 });
    if (open !== undefined) return false;
    await execute(
      trx,
      `update settlement_batches set made_at = :at, without_account = :withoutAccount
      where id = :id and made_at is null`,
      { id, withoutAccount, at },
    );
    return true;
  });
}

/** Holds the batch until items are made. False when it is made already: another process was through it before. */
export async function isOpen(trx: Knex.Transaction, { id }: Pick<Batch, 'id'>): Promise<boolean> {
  const [found] = await rows<{ isOpen: boolean }>(
    trx,
    'select made_at is null as "isOpen" from settlement_batches where id = ? for share',
    [id],
  );
  return found!.isOpen;
}

export interface Candidate {
  walletId: string;
  userId: UserId;
  accountId: AccountId;
  /** The bank account that the approved KYC names and that the bank has confirmed; null where there is none. */
  beneficiaryId: string | null;
  /** What the wallet had at the cut-off. */
  cutoffPaise: Paise;
}

/**
 * Wallets of the batch's kind after this one that hold so much now and have no item in it. One from which a payout is
 * about to take something, that of an earlier batch too, waits for the next batch.
 */
export const candidates = (
  knex: Knex,
  batch: Batch,
  { after, minimumPaise, limit }: { after: string; minimumPaise: Paise; limit: number },
): Promise<Candidate[]> =>
  rows<Candidate>(knex, CANDIDATES, {
    ...{ batch: batch.id, kind: batch.walletKind, cutoff: batch.cutoffAt },
    ...{ after, minimum: minimumPaise, limit },
  });

const CANDIDATES = `
  select w.id as "walletId", w.user_id as "userId", w.account_id as "accountId", b.id as "beneficiaryId",
    coalesce((select last.balance_after from (
      (select id, debit_balance_after as balance_after from ledger_transfers
        where debit_account_id = w.account_id and created_at < :cutoff order by id desc limit 1)
      union all
      (select id, credit_balance_after from ledger_transfers
        where credit_account_id = w.account_id and created_at < :cutoff order by id desc limit 1)) last
      order by last.id desc limit 1), 0) as "cutoffPaise"
  from wallets w join users u on u.id = w.user_id and u.status = 'active'
    join ledger_accounts a on a.id = w.account_id
    left join lateral (select beneficiary_id from kyc_records
      where user_id = w.user_id and state = 'approved' order by made_at desc limit 1) k on true
    left join beneficiaries b on b.id = k.beneficiary_id and b.kind = 'bank' and b.reconfirm is null
      and (select state from account_validations where beneficiary_id = b.id order by begun_at desc limit 1) = 'valid'
  where w.kind = :kind and w.id > :after::uuid and a.credits_paise - a.debits_paise >= :minimum
    and not exists (select from settlement_items i where i.batch_id = :batch and i.wallet_id = w.id)
    and not exists (select from settlement_items o
      where o.wallet_id = w.id and o.pays_by = 'payout' and o.transaction_id is null)
    and not exists (select from transactions t
      where t.wallet_id = w.id and t.state = 'accepted' and t.flow = 'debit')
  order by w.id limit :limit`;

export interface Item extends Share, Omit<Candidate, 'beneficiaryId' | 'cutoffPaise'> {
  id: string;
  beneficiaryId: string;
  /** What debits the wallet, of one that goes into a file. */
  journalId: string | null;
}

const ITEMS = table<Item>('settlement_items', {
  id: uuid((i) => i.id),
  wallet_id: uuid((i) => i.walletId),
  user_id: uuid((i) => i.userId),
  account_id: int8((i) => i.accountId),
  beneficiary_id: uuid((i) => i.beneficiaryId),
  amount_paise: int8((i) => i.amountPaise),
  fee_paise: int8((i) => i.feePaise),
  tax_paise: int8((i) => i.taxPaise),
  journal_id: uuid((i) => i.journalId),
});

/** The ids of those that are new: a wallet has one item of a batch, and one in all that no payout pays yet. */
export const insertItems = (
  trx: Knex.Transaction,
  batch: Batch,
  list: readonly Item[],
  at: Date,
): Promise<string[]> =>
  insertNew(trx, ITEMS, list, {
    conflict: '',
    returning: 'id',
    shared: { batch_id: batch.id, pays_by: batch.paysBy, made_at: at },
  });

export interface UnpaidItem extends Item {
  ifsc: string;
}

/** Items of a batch that have no payout yet, without these. */
export const unpaidItems = (
  db: Db,
  { batchId, without, limit }: { batchId: string; without: readonly string[]; limit: number },
): Promise<UnpaidItem[]> =>
  rows<UnpaidItem>(
    db,
    `select i.id, i.wallet_id as "walletId", i.user_id as "userId", i.account_id as "accountId",
      i.beneficiary_id as "beneficiaryId", i.amount_paise as "amountPaise", i.fee_paise as "feePaise",
      i.tax_paise as "taxPaise", i.journal_id as "journalId", b.ifsc
    from settlement_items i join beneficiaries b on b.id = i.beneficiary_id
    where i.batch_id = :batchId and i.pays_by = 'payout' and i.transaction_id is null and i.id <> all(:without::uuid[])
    order by i.id limit :limit`,
    { batchId, without, limit },
  );

interface PaidItem {
  id: string;
  transactionId: string;
}
const PAID = table<PaidItem>('settlement_items', {
  id: uuid((p) => p.id),
  transaction_id: uuid((p) => p.transactionId),
});

/** Another process may have said the same before: then nothing is written. */
export async function keepPayouts(knex: Knex, list: readonly PaidItem[]): Promise<void> {
  await knex.transaction(async (trx) => {
    const open = await rows<{ id: string }>(
      trx,
      `select id from settlement_items where id = any(?::uuid[]) and transaction_id is null order by id for update`,
      [list.map(({ id }) => id)],
    );
    const isOpen = new Set(open.map(({ id }) => id));
    await updateAll(
      trx,
      PAID,
      list.filter(({ id }) => isOpen.has(id)),
      { key: 'id' },
    );
  });
}

export interface BatchSums {
  items: number;
  paise: Paise;
  withoutAccount: number;
}

export async function sumsOf(knex: Knex, ids: readonly string[]): Promise<BatchSums> {
  const [sums] = await rows<BatchSums>(
    knex,
    `select count(*)::int4 as items, coalesce(sum(amount_paise), 0)::int8 as paise,
      (select coalesce(sum(without_account), 0)::int4 from settlement_batches where id = any(:ids::uuid[])) as "withoutAccount"
    from settlement_items where batch_id = any(:ids::uuid[])`,
    { ids },
  );
  return sums!;
}
