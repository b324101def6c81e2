import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import type { ServiceName } from '../provider/service-name';
import type { InstructionBase } from '../provider/calls';

/** An attempt is one instruction to one provider under one reference of ours. It is on its row before a byte leaves, so a repeat says the same. */
export interface Attempt {
  transactionId: string;
  attemptNo: number;
  provider: string;
  ourReference: string;
  idempotencyKey: string;
  /** What of the instruction callbacks and repeats need: plain strings without personal data. */
  refs: Record<string, string>;
  bodyHash: Buffer;
  sendBefore: Date;
  sendCount: number;
  createdAt: Date;
}

const COLUMNS = `a.transaction_id as "transactionId", a.attempt_no as "attemptNo", a.provider, a.our_reference as "ourReference", a.idempotency_key as "idempotencyKey", a.refs,
  a.body_hash as "bodyHash", a.send_before as "sendBefore", a.send_count as "sendCount", a.created_at as "createdAt"`;

export async function insertAttempts(trx: Knex.Transaction, attempts: readonly Attempt[]): Promise<void> {
  if (attempts.length === 0) return;
  const written = await execute(
    trx,
    `
    insert into dispatch_attempts (transaction_id, attempt_no, provider, our_reference, idempotency_key, refs, body_hash, send_before, created_at)
    select * from unnest(?::uuid[], ?::int2[], ?::text[], ?::text[], ?::text[], ?::jsonb[], ?::bytea[], ?::timestamptz[], ?::timestamptz[])`,
    [
      attempts.map((a) => a.transactionId),
      attempts.map((a) => a.attemptNo),
      attempts.map((a) => a.provider),
      attempts.map((a) => a.ourReference),
      attempts.map((a) => a.idempotencyKey),
      attempts.map((a) => JSON.stringify(a.refs)),
      attempts.map((a) => a.bodyHash),
      attempts.map((a) => a.sendBefore),
      attempts.map((a) => a.createdAt),
    ],
  );
  if (written !== attempts.length)
    throw new Error(`${written} attempts were written where ${attempts.length} were expected`);
}

/** The present attempt of each transaction, with what an inquiry or a repeat needs. */
export interface OpenAttempt extends Attempt {
  service: ServiceName;
  state: string;
  providerReference: string | null;
  outcome: string | null;
  /** A callback that is not believed says that the money came back, and no inquiry has answered that yet. */
  isReversalTold: boolean;
  amountPaise: bigint;
  currency: 'INR';
  pollNo: number;
  /** As it was when the inquiry was made: whoever asks for another one raises it. */
  driveNo: number;
  acceptedAt: Date;
  dispatchedAt: Date;
  /** Inquiries since `send_before` that found nothing. */
  notFoundCount: number;
  /** It failed, and somebody said that it did not. */
  isContradicted: boolean;
}

export async function readOpenAttempts(knex: Knex, ids: readonly string[]): Promise<OpenAttempt[]> {
  return rows(
    knex,
    `
    select ${COLUMNS},
      t.service, t.state, t.outcome, t.reversal_told_at is not null as "isReversalTold", coalesce(t.provider_reference, a.provider_reference) as "providerReference", t.amount_paise as "amountPaise", t.currency, t.poll_no as "pollNo", t.drive_no as "driveNo", t.created_at as "acceptedAt", a.created_at as "dispatchedAt",
      (select count(*)::int from transaction_outcomes o where o.transaction_id = t.id and o.kind = 'not_found' and o.attempt_no = a.attempt_no and o.asked_at > a.send_before) as "notFoundCount",
      t.state = 'failed' and exists (select from transaction_outcomes o where o.transaction_id = t.id and o.decision = 'ask_again') as "isContradicted"
    from transactions t join dispatch_attempts a on a.transaction_id = t.id and a.attempt_no = t.attempt_no
    where t.id = any(?::uuid[])`,
    [ids],
  );
}

/** What every instruction of an attempt says, as its row keeps it. */
export function baseOf(attempt: OpenAttempt): InstructionBase {
  return {
    ourReference: attempt.ourReference,
    idempotencyKey: attempt.idempotencyKey,
    amountPaise: attempt.amountPaise,
    currency: attempt.currency,
  };
}

export interface Acknowledgement {
  transactionId: string;
  attemptNo: number;
  reason: string;
  providerReference: string | null;
  at: Date;
}

/**
 * Notes that the provider has the instruction and knows no more yet. It decides nothing, so the transaction's row is left alone: no lock, and no index is touched.
 */
export async function acknowledgeAttempts(knex: Knex, list: readonly Acknowledgement[]): Promise<void> {
  await execute(
    knex,
    `
    update dispatch_attempts a set acknowledged_at = n.at, acknowledged_reason = n.reason, provider_reference = n.reference
    from unnest(?::uuid[], ?::int2[], ?::text[], ?::text[], ?::timestamptz[]) as n(id, attempt_no, reason, reference, at) where a.transaction_id = n.id and a.attempt_no = n.attempt_no and a.acknowledged_at is null`,
    [
      list.map((x) => x.transactionId),
      list.map((x) => x.attemptNo),
      list.map((x) => x.reason),
      list.map((x) => x.providerReference),
      list.map((x) => x.at),
    ],
  );
}

/**
 * Renews the window of an attempt that is to be repeated with the same key. Returns false when another process did so meanwhile. The transaction's row gets
 * the new send_before too: it says that the first send is not the only one any more (see OutcomeReport.sendBefore). Needs the lock on that row.
 */
export async function renewAttempt(
  trx: Knex.Transaction,
  attempt: Attempt,
  sendBefore: Date,
): Promise<boolean> {
  const renewed = await execute(
    trx,
    'update dispatch_attempts set send_count = send_count + 1, send_before = ? where transaction_id = ? and attempt_no = ? and send_count = ?',
    [sendBefore, attempt.transactionId, attempt.attemptNo, attempt.sendCount],
  );
  if (renewed === 1)
    await execute(trx, 'update transactions set send_before = ? where id = ?', [
      sendBefore,
      attempt.transactionId,
    ]);
  return renewed === 1;
}
