import type { TransactionId } from '../../domain/ids/ids';
import type { Knex } from 'knex';
import { rows } from '../../platform/database';

/** The demo's transactions as our tables show them. Money in paise. */
export interface OurAttempt {
  ourReference: string;
  idempotencyKey: string;
  bodyHash: string;
  sendCount: number;
}
export interface OurTransaction {
  id: string;
  state: string;
  amountPaise: bigint;
  /**
   * The net amount that its postings took from the provider's float. If a wallet is paid, it is what they
   * took from the receivable, so it is below zero.
   */
  floatNetPaise: bigint;
  /** The net amount that its postings took from the wallet. */
  walletNetPaise: bigint;
  effectsPosted: number;
  /** The source of the last effect: dispatch, callback or poll. */
  decidedBy: string | null;
  attempts: readonly OurAttempt[];
}

export async function readTransactions(
  db: Knex | Knex.Transaction,
  ids: readonly string[],
): Promise<OurTransaction[]> {
  const found = await rows<Omit<OurTransaction, 'attempts'>>(
    db,
    `
    select t.id, t.state, t.amount_paise as "amountPaise", t.posted_count as "effectsPosted",
      coalesce(m.float, 0)::int8 as "floatNetPaise", coalesce(m.wallet, 0)::int8 as "walletNetPaise",
      (select o.source from transaction_outcomes o
        where o.transaction_id = t.id and o.effect_seq = t.posted_count) as "decidedBy"
    from transactions t
    left join ledger_accounts f on f.code = case t.flow when 'credit'
      then 'receivable:' || t.provider || ':' || t.service else 'float:' || t.provider end
    left join lateral (
      select
        sum(case f.id when tr.credit_account_id then tr.amount_paise
          when tr.debit_account_id then -tr.amount_paise end) as float,
        sum(case t.account_id when tr.debit_account_id then tr.amount_paise
          when tr.credit_account_id then -tr.amount_paise end) as wallet
      from transaction_events e join ledger_transfers tr on tr.journal_id = e.journal_id
      where e.transaction_id = t.id) as m on true
    where t.id = any(?::uuid[]) order by t.id`,
    [ids],
  );
  const attempts = await rows<OurAttempt & { transactionId: TransactionId }>(
    db,
    `
    select transaction_id as "transactionId", our_reference as "ourReference",
      idempotency_key as "idempotencyKey", encode(body_hash, 'hex') as "bodyHash", send_count as "sendCount"
    from dispatch_attempts where transaction_id = any(?::uuid[]) order by transaction_id, attempt_no`,
    [ids],
  );
  return found.map((t) => ({
    ...t,
    attempts: attempts.filter((a) => a.transactionId === t.id).map(({ transactionId: _id, ...a }) => a),
  }));
}

/** Which of these references belong to an attempt of any transaction. */
export async function knownReferences(db: Knex, references: readonly string[]): Promise<Set<string>> {
  return new Set(
    (
      await rows<{ reference: string }>(
        db,
        'select our_reference as reference from dispatch_attempts where our_reference = any(?::text[])',
        [references],
      )
    ).map((r) => r.reference),
  );
}

/** Forged callbacks that were put into quarantine since then. */
export async function countQuarantined(db: Knex, since: Date): Promise<number> {
  const [row] = await rows<{ count: number }>(
    db,
    "select count(*)::int as count from callbacks where state = 'quarantined' and received_at >= ?",
    [since],
  );
  return row!.count;
}

/** Stored callbacks that nobody has read yet. */
export async function countUnreadCallbacks(db: Knex): Promise<number> {
  const [row] = await rows<{ count: number }>(
    db,
    "select count(*)::int as count from callbacks where state = 'received'",
  );
  return row!.count;
}

export interface TrialBalanceLine {
  account: string;
  type: string;
  debitsPaise: bigint;
  creditsPaise: bigint;
}

/**
 * The accounts with what they took and gave; all wallets together are one line, and so is all that is owed to
 * customers.
 */
export async function readTrialBalance(db: Knex): Promise<TrialBalanceLine[]> {
  return rows<TrialBalanceLine>(
    db,
    `
    select account, type, sum(debits_paise)::int8 as "debitsPaise", sum(credits_paise)::int8 as "creditsPaise"
    from (select case when code like 'wallet:%' then 'wallets'
        when code like 'payable:refund:%' then 'payable:refund' else code end as account,
      type, debits_paise, credits_paise from ledger_accounts) as grouped
    group by account, type order by array_position(array['asset', 'liability', 'income', 'expense'], type), account`,
  );
}
