import type { UserId, TransactionId } from '../ids/ids';
import type { Knex } from 'knex';
import { addMs } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { insertOne } from '../../platform/sql';
import type { FieldCipher } from '../../platform/encryption';
import type { Paise } from '../../platform/money';
import type { State } from '../lifecycle/lifecycle';
import type { Complaint, Disposition } from './port';
import { COMPLAINT_DESCRIPTION, COMPLAINT_REMARKS } from './sealed';
import { claimDue, type Claim } from '../../platform/claim';

/** The payment that a complaint is about. */
export interface PaidBill {
  id: TransactionId;
  provider: string;
  state: State;
  category: string;
  amountPaise: Paise;
  utr: string | null;
  providerReference: string | null;
  finishedAt: Date | null;
}

export interface ComplaintRow {
  id: string;
  transactionId: TransactionId;
  provider: string;
  disposition: Disposition;
  npciCode: string;
  ticketType: 'dispute' | 'complaint';
  descriptionSealed: string;
  status: string;
  providerReference: string | null;
  disputeId: string | null;
  assignedTo: string | null;
  dueOn: string;
  remarksSealed: string | null;
  createdAt: Date;
  updatedAt: Date;
  nextAskAt: Date | null;
  closedAt: Date | null;
}
export type NewComplaint = Pick<
  ComplaintRow,
  | 'id'
  | 'transactionId'
  | 'provider'
  | 'disposition'
  | 'npciCode'
  | 'ticketType'
  | 'status'
  | 'dueOn'
  | 'createdAt'
  | 'nextAskAt'
> & { userId: UserId; description: string };

const COLUMNS = `id, transaction_id as "transactionId", provider, disposition, npci_code as "npciCode",
  ticket_type as "ticketType", description_sealed as "descriptionSealed", status,
  provider_reference as "providerReference", dispute_id as "disputeId", assigned_to as "assignedTo",
  due_on::text as "dueOn", remarks_sealed as "remarksSealed", created_at as "createdAt",
  updated_at as "updatedAt", next_ask_at as "nextAskAt", closed_at as "closedAt"`;

export async function readPaid(
  knex: Knex,
  userId: UserId,
  transactionId: TransactionId,
): Promise<PaidBill | undefined> {
  const [found] = await rows<PaidBill>(
    knex,
    `select t.id, t.provider, t.state, p.category, t.amount_paise as "amountPaise", t.utr,
      t.provider_reference as "providerReference", t.finished_at as "finishedAt"
    from bbps_payments p join transactions t on t.id = p.transaction_id where t.id = ? and t.user_id = ?`,
    [transactionId, userId],
  );
  return found;
}

/** False when one of this kind is open about the payment. */
export async function insertComplaint(knex: Knex, cipher: FieldCipher, c: NewComplaint): Promise<boolean> {
  const inserted = await insertOne(
    knex,
    'bbps_complaints',
    {
      id: c.id,
      transaction_id: c.transactionId,
      user_id: c.userId,
      provider: c.provider,
      disposition: c.disposition,
      npci_code: c.npciCode,
      ticket_type: c.ticketType,
      description_sealed: cipher.seal(c.description, COMPLAINT_DESCRIPTION.place(c.id)),
      status: c.status,
      due_on: c.dueOn,
      created_at: c.createdAt,
      updated_at: c.createdAt,
      next_ask_at: c.nextAskAt,
    },
    'on conflict (transaction_id, disposition) where closed_at is null do nothing',
  );
  return inserted === 1;
}

/** Our reference of the attempt that succeeded, as the provider was given it. */
export async function readReferenceOfPayment(
  knex: Knex,
  transactionId: TransactionId,
): Promise<string | undefined> {
  const [found] = await rows<{ ourReference: string }>(
    knex,
    `select a.our_reference as "ourReference" from transactions t
      join dispatch_attempts a on a.transaction_id = t.id and a.attempt_no = t.attempt_no where t.id = ?`,
    [transactionId],
  );
  return found?.ourReference;
}

/** The complaints about a payment, the oldest first; or one of them. */
export async function readComplaints(
  knex: Knex,
  transactionId: TransactionId,
  id?: string,
): Promise<ComplaintRow[]> {
  return rows<ComplaintRow>(
    knex,
    `select ${COLUMNS} from bbps_complaints where transaction_id = ? ${id === undefined ? '' : 'and id = ?'} order by id`,
    id === undefined ? [transactionId] : [transactionId, id],
  );
}

/** `refundAskAt`: when to see whether the money is back that a ticket promised as it ended. */
export interface Written {
  isClosed: boolean;
  now: Date;
  nextAskAt: Date;
  refundAskAt: Date | null;
}

/** Writes what the provider says of a complaint that is open; false when it was closed before. */
export async function writeAnswer(
  { knex, cipher }: { knex: Knex; cipher: FieldCipher },
  id: string,
  c: Complaint,
  { isClosed, now, nextAskAt, refundAskAt }: Written,
): Promise<boolean> {
  const written = await execute(
    knex,
    `
    update bbps_complaints set status = :status, provider_reference = :refId, dispute_id = coalesce(:disputeId, dispute_id),
      assigned_to = coalesce(:assignedTo, assigned_to), due_on = coalesce(:dueOn::date, due_on),
      remarks_sealed = coalesce(:remarks, remarks_sealed), updated_at = :now, closed_at = :closedAt,
      next_ask_at = :nextAskAt, refund_ask_at = :refundAskAt
    where id = :id and closed_at is null`,
    {
      status: c.status,
      refId: c.refId,
      disputeId: c.disputeId,
      assignedTo: c.assignedTo,
      dueOn: c.dueOn,
      remarks: c.remarks === null ? null : cipher.seal(c.remarks, COMPLAINT_REMARKS.place(id)),
      now,
      closedAt: isClosed ? now : null,
      nextAskAt: isClosed ? null : nextAskAt,
      refundAskAt,
      id,
    },
  );
  return written === 1;
}

/** Notes a word of ours about one that has no reference of the provider. True when it was `from` before. */
export async function noteStatus(
  db: Knex | Knex.Transaction,
  id: string,
  { from, to }: { from: string; to: string },
  how: { isClosed: true; now: Date } | { isClosed: false; now: Date; nextAskAt: Date },
): Promise<boolean> {
  const written = await execute(
    db,
    `
    update bbps_complaints set status = :to, updated_at = :now, closed_at = :closedAt, next_ask_at = :nextAskAt
    where id = :id and status = :from and closed_at is null and provider_reference is null`,
    {
      to,
      now: how.now,
      closedAt: how.isClosed ? how.now : null,
      nextAskAt: how.isClosed ? null : how.nextAskAt,
      id,
      from,
    },
  );
  return written === 1;
}

/**
 * Claims the next question about a complaint that is being read: if the last question is `gapMs` old or the
 * next one is due, and never twice within `minGapMs`.
 */
export async function claimComplaint(
  knex: Knex,
  id: string,
  now: Date,
  { gapMs, minGapMs }: { gapMs: number; minGapMs: number },
): Promise<boolean> {
  const claimed = await execute(
    knex,
    `
    update bbps_complaints set asked_at = :now, next_ask_at = :nextAskAt
    where id = :id and closed_at is null and (next_ask_at <= :now or asked_at <= :longAgo)
      and (asked_at is null or asked_at <= :notJustNow)`,
    { now, nextAskAt: addMs(now, gapMs), id, longAgo: addMs(now, -gapMs), notJustNow: addMs(now, -minGapMs) },
  );
  return claimed === 1;
}

const DUE_COMPLAINTS: Claim = {
  table: 'bbps_complaints',
  due: 'next_ask_at <= :now',
  orderBy: 'next_ask_at',
  set: 'asked_at = :now, next_ask_at = :again',
  returning: COLUMNS,
};

/**
 * Takes open complaints that are due, the longest due first; each comes back after `gapMs` unless an answer
 * says when.
 */
export async function claimDueComplaints(
  knex: Knex,
  now: Date,
  gapMs: number,
  limit: number,
): Promise<ComplaintRow[]> {
  return claimDue<ComplaintRow>(knex, DUE_COMPLAINTS, { now, again: addMs(now, gapMs), limit });
}

/** A payment whose ticket ended with money on its way. */
export interface ExpectedRefund {
  id: string;
  transactionId: TransactionId;
  status: string;
  closedAt: Date;
  missedAt: Date | null;
  isBack: boolean;
}

const MONEY_IS_BACK = "beside.state in ('reversed', 'refunded', 'failed')";
const DUE_REFUNDS: Claim = {
  table: 'bbps_complaints',
  due: 'refund_ask_at <= :now',
  orderBy: 'refund_ask_at',
  set: `refund_ask_at = case
      when ${MONEY_IS_BACK} or t.closed_at <= :givenUpBefore then null
      when t.refund_missed_at is null then :soon::timestamptz
      else :later::timestamptz end`,
  beside: { table: 'transactions beside', on: 'beside.id = t.transaction_id' },
  returning: `t.id, t.transaction_id as "transactionId", t.status, t.closed_at as "closedAt",
      t.refund_missed_at as "missedAt", ${MONEY_IS_BACK} as "isBack"`,
};

/**
 * Takes refunds that are due to be looked after. They are due again after `roundMs`, or after `slowMs` once
 * they are a case; not again when the money is back, or `askedForMs` after the ticket was closed.
 */
export async function claimRefunds(
  trx: Knex.Transaction,
  {
    now,
    limit,
    roundMs,
    slowMs,
    askedForMs,
  }: { now: Date; limit: number; roundMs: number; slowMs: number; askedForMs: number },
): Promise<ExpectedRefund[]> {
  return claimDue<ExpectedRefund>(trx, DUE_REFUNDS, {
    now,
    limit,
    givenUpBefore: addMs(now, -askedForMs),
    soon: addMs(now, roundMs),
    later: addMs(now, slowMs),
  });
}

export async function markRefundsMissed(
  trx: Knex.Transaction,
  ids: readonly string[],
  now: Date,
): Promise<void> {
  if (ids.length > 0)
    await execute(trx, 'update bbps_complaints set refund_missed_at = ? where id = any(?::uuid[])', [
      now,
      ids,
    ]);
}

/** Brings the next question about a complaint forward; true when it is one of ours that is open. */
export async function bringComplaintForward(
  knex: Knex,
  provider: string,
  reference: string,
  now: Date,
): Promise<boolean> {
  return (
    (await execute(
      knex,
      `update bbps_complaints set next_ask_at = least(next_ask_at, ?::timestamptz)
        where provider = ? and provider_reference = ? and closed_at is null`,
      [now, provider, reference],
    )) > 0
  );
}

export function openTexts(
  cipher: FieldCipher,
  row: Pick<ComplaintRow, 'id' | 'descriptionSealed' | 'remarksSealed'>,
): { description: string; remarks: string | null } {
  return {
    description: cipher.open(row.descriptionSealed, COMPLAINT_DESCRIPTION.place(row.id)),
    remarks:
      row.remarksSealed === null ? null : cipher.open(row.remarksSealed, COMPLAINT_REMARKS.place(row.id)),
  };
}
