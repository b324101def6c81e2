import type { TransactionId } from '../ids/ids';
import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import { derivedKey, derivedReference } from '../../platform/ids';
import {
  arraysOf,
  bytea,
  insertAll,
  int2,
  jsonb,
  selectOf,
  table,
  text,
  timestamptz,
  uuid,
  type ColumnsOf,
} from '../../platform/sql';
import { renewSendWindow } from '../lifecycle/drives';
import type { ServiceName } from '../provider/service-name';
import type { InstructionBase } from '../provider/calls';

/**
 * An attempt is one instruction to one provider under one reference of ours. Its row is written before
 * anything is sent, so that a repeat sends the same.
 */
export interface Attempt {
  transactionId: TransactionId;
  attemptNo: number;
  provider: string;
  /** Why by this one; null where nothing had to be chosen. */
  route: string | null;
  ourReference: string;
  idempotencyKey: string;
  /** The parts of the instruction that callbacks and repeats need: plain strings without personal data. */
  refs: Record<string, string>;
  bodyHash: Buffer;
  sendBefore: Date;
  sendCount: number;
  createdAt: Date;
}

/**
 * The names of an attempt at the provider: a function of the transaction and the number alone, so that an
 * attempt whose row was lost (a restore) can be asked about, and is sent again under the same names.
 */
export function namesOfAttempt(
  id: TransactionId,
  attemptNo: number,
): Pick<Attempt, 'ourReference' | 'idempotencyKey'> {
  const purpose = `attempt|${attemptNo}`;
  return { ourReference: derivedReference(id, purpose), idempotencyKey: derivedKey(id, purpose) };
}

const ATTEMPTS = table<Attempt>('dispatch_attempts', {
  transaction_id: uuid((attempt) => attempt.transactionId),
  attempt_no: int2((attempt) => attempt.attemptNo),
  provider: text((attempt) => attempt.provider),
  route: text((attempt) => attempt.route),
  our_reference: text((attempt) => attempt.ourReference),
  idempotency_key: text((attempt) => attempt.idempotencyKey),
  refs: jsonb((attempt) => attempt.refs),
  body_hash: bytea((attempt) => attempt.bodyHash),
  send_before: timestamptz((attempt) => attempt.sendBefore),
  created_at: timestamptz((attempt) => attempt.createdAt),
});

/** Throws when not every row was written. */
export function insertAttempts(trx: Knex.Transaction, attempts: readonly Attempt[]): Promise<void> {
  return insertAll(trx, ATTEMPTS, attempts);
}

/** The current attempt of each transaction, with everything that an inquiry or a repeat needs. */
export interface OpenAttempt extends Attempt {
  service: ServiceName;
  state: string;
  providerReference: string | null;
  outcome: string | null;
  /** An unsigned callback says that the money came back, and no inquiry has answered that yet. */
  isReversalTold: boolean;
  amountPaise: bigint;
  currency: 'INR';
  pollNo: number;
  /** Its value when the inquiry was made; a request for another inquiry raises it. */
  driveNo: number;
  acceptedAt: Date;
  dispatchedAt: Date;
  /** Inquiries since `send_before` that found nothing. */
  notFoundCount: number;
  /** The provider has spoken of it, or has it: that it is not found is no reason to send it again. */
  isSeen: boolean;
  /** It failed, and a later report said that it did not. */
  isContradicted: boolean;
  /** After a restore: the provider has not yet been asked whether there were later attempts. */
  mayHaveLaterAttempts: boolean;
}

const OPEN_ATTEMPT = selectOf({
  transactionId: 'a.transaction_id',
  attemptNo: 'a.attempt_no',
  provider: 'a.provider',
  route: 'a.route',
  ourReference: 'a.our_reference',
  idempotencyKey: 'a.idempotency_key',
  refs: 'a.refs',
  bodyHash: 'a.body_hash',
  sendBefore: 'a.send_before',
  sendCount: 'a.send_count',
  createdAt: 'a.created_at',
  service: 't.service',
  state: 't.state',
  outcome: 't.outcome',
  isReversalTold: 't.reversal_told_at is not null',
  providerReference: 'coalesce(t.provider_reference, a.provider_reference)',
  amountPaise: 't.amount_paise',
  currency: 't.currency',
  pollNo: 't.poll_no',
  driveNo: 't.drive_no',
  acceptedAt: 't.created_at',
  dispatchedAt: 'a.created_at',
  notFoundCount: `(select count(*)::int from transaction_outcomes o
    where o.transaction_id = t.id and o.kind = 'not_found' and o.attempt_no = a.attempt_no and o.asked_at > a.send_before)`,
  isSeen: 'a.acknowledged_at is not null or coalesce(t.spoken_of_attempt = a.attempt_no, false)',
  isContradicted: `t.state = 'failed'
    and exists (select from transaction_outcomes o where o.transaction_id = t.id and o.decision = 'ask_again')`,
  mayHaveLaterAttempts: 't.restore_id is not null',
} satisfies ColumnsOf<OpenAttempt>);

export function readOpenAttempts(knex: Knex, ids: readonly string[]): Promise<OpenAttempt[]> {
  return rows<OpenAttempt>(
    knex,
    `
    select ${OPEN_ATTEMPT}
    from transactions t join dispatch_attempts a on a.transaction_id = t.id and a.attempt_no = t.attempt_no
    where t.id = any(?::uuid[])`,
    [ids],
  );
}

/** The fields common to all instructions, from the attempt's row. */
export function baseOf(attempt: OpenAttempt): InstructionBase {
  return {
    ourReference: attempt.ourReference,
    idempotencyKey: attempt.idempotencyKey,
    amountPaise: attempt.amountPaise,
    currency: attempt.currency,
  };
}

export interface Acknowledgement {
  transactionId: TransactionId;
  attemptNo: number;
  reason: string;
  providerReference: string | null;
  at: Date;
}

const ACKNOWLEDGED = table<Acknowledgement>('dispatch_attempts', {
  transaction_id: uuid((acknowledgement) => acknowledgement.transactionId),
  attempt_no: int2((acknowledgement) => acknowledgement.attemptNo),
  acknowledged_reason: text((acknowledgement) => acknowledgement.reason),
  provider_reference: text((acknowledgement) => acknowledgement.providerReference),
  acknowledged_at: timestamptz((acknowledgement) => acknowledgement.at),
});

/**
 * Notes that the provider has the instruction but no result yet. That decides nothing, so the transaction's
 * row is left alone: no lock is taken and no index is touched.
 */
export async function acknowledgeAttempts(
  knex: Knex,
  acknowledgements: readonly Acknowledgement[],
): Promise<void> {
  await execute(
    knex,
    `
    update dispatch_attempts a
    set acknowledged_at = coalesce(a.acknowledged_at, n.acknowledged_at),
      acknowledged_reason = coalesce(a.acknowledged_reason, n.acknowledged_reason), provider_reference = n.provider_reference
    from ${ACKNOWLEDGED.source}
    where a.transaction_id = n.transaction_id and a.attempt_no = n.attempt_no and (a.acknowledged_at is null
      or (a.provider_reference is null and n.provider_reference is not null))`,
    arraysOf(ACKNOWLEDGED, acknowledgements),
  );
}

/**
 * Renews the send window of an attempt that is to be repeated with the same key. Returns false if another
 * process did so meanwhile, or if the provider has shown since that it has the payment. The transaction's row
 * also gets the new send_before, which shows that the first send is no longer the only one (see
 * OutcomeReport.sendBefore). Needs the lock on that row.
 */
export async function renewAttempt(
  trx: Knex.Transaction,
  attempt: Attempt,
  sendBefore: Date,
): Promise<boolean> {
  const renewed = await execute(
    trx,
    `
    update dispatch_attempts set send_count = send_count + 1, send_before = ?
    where transaction_id = ? and attempt_no = ? and send_count = ? and acknowledged_at is null`,
    [sendBefore, attempt.transactionId, attempt.attemptNo, attempt.sendCount],
  );
  if (renewed === 1) await renewSendWindow(trx, attempt.transactionId, sendBefore);
  return renewed === 1;
}
