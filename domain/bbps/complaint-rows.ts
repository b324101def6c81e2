import type { Knex } from 'knex';
import { addMs } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { fieldPlace, type FieldCipher } from '../../platform/encryption';
import type { Paise } from '../../platform/money';
import type { State } from '../transactions/lifecycle';
import type { Complaint, Disposition } from './port';

/** The payment that a complaint is about. */
export interface PaidBill { id: string; provider: string; state: State; category: string; amountPaise: Paise; utr: string | null; providerReference: string | null; finishedAt: Date | null }

export interface ComplaintRow {
  id: string; transactionId: string; provider: string; disposition: Disposition; npciCode: string; ticketType: 'dispute' | 'complaint'; descriptionSealed: string; status: string; providerReference: string | null;
  disputeId: string | null; assignedTo: string | null; dueOn: string; remarksSealed: string | null; createdAt: Date; updatedAt: Date; nextAskAt: Date | null; closedAt: Date | null;
}
export type NewComplaint = Pick<ComplaintRow, 'id' | 'transactionId' | 'provider' | 'disposition' | 'npciCode' | 'ticketType' | 'status' | 'dueOn' | 'createdAt'> & { userId: string; description: string };

const COLUMNS = `id, transaction_id as "transactionId", provider, disposition, npci_code as "npciCode", ticket_type as "ticketType", description_sealed as "descriptionSealed", status, provider_reference as "providerReference",
  dispute_id as "disputeId", assigned_to as "assignedTo", due_on::text as "dueOn", remarks_sealed as "remarksSealed", created_at as "createdAt", updated_at as "updatedAt", next_ask_at as "nextAskAt", closed_at as "closedAt"`;

export async function readPaid(knex: Knex, userId: string, transactionId: string): Promise<PaidBill | undefined> {
  const [found] = await rows<PaidBill>(knex, `select t.id, t.provider, t.state, p.category, t.amount_paise as "amountPaise", t.utr, t.provider_reference as "providerReference", t.finished_at as "finishedAt"
    from bbps_payments p join transactions t on t.id = p.transaction_id where t.id = ? and t.user_id = ?`, [transactionId, userId]);
  return found;
}

/** False when one of this kind is open about the payment. */
export async function insertComplaint(knex: Knex, cipher: FieldCipher, c: NewComplaint): Promise<boolean> {
  return (await execute(knex, `
    insert into bbps_complaints (id, transaction_id, user_id, provider, disposition, npci_code, ticket_type, description_sealed, status, due_on, created_at, updated_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?::date, ?, ?)
    on conflict (transaction_id, disposition) where closed_at is null do nothing`,
  [c.id, c.transactionId, c.userId, c.provider, c.disposition, c.npciCode, c.ticketType, cipher.seal(c.description, place('description_sealed', c.id)), c.status, c.dueOn, c.createdAt, c.createdAt])) === 1;
}

/** The complaints about a payment, the oldest first; or one of them. */
export async function readComplaints(knex: Knex, transactionId: string, id?: string): Promise<ComplaintRow[]> {
  return rows(knex, `select ${COLUMNS} from bbps_complaints where transaction_id = ? ${id === undefined ? '' : 'and id = ?'} order by id`, id === undefined ? [transactionId] : [transactionId, id]);
}

/** Writes what the provider says of a complaint that is open; false when it was closed before. */
export async function writeAnswer(knex: Knex, cipher: FieldCipher, id: string, c: Complaint, isClosed: boolean, now: Date, nextAskAt: Date): Promise<boolean> {
  return (await execute(knex, `
    update bbps_complaints set status = ?, provider_reference = ?, dispute_id = coalesce(?, dispute_id), assigned_to = coalesce(?, assigned_to), due_on = coalesce(?::date, due_on), remarks_sealed = coalesce(?, remarks_sealed),
      updated_at = ?, closed_at = ?, next_ask_at = ? where id = ? and closed_at is null`,
  [c.status, c.refId, c.disputeId, c.assignedTo, c.dueOn, c.remarks === null ? null : cipher.seal(c.remarks, place('remarks_sealed', id)), now, isClosed ? now : null, isClosed ? null : nextAskAt, id])) === 1;
}

/** Notes a word of ours about one that has no reference of the provider. True when it was `from` before. */
export async function noteStatus(knex: Knex, id: string, from: string, to: string, isClosed: boolean, now: Date): Promise<boolean> {
  return (await execute(knex, 'update bbps_complaints set status = ?, updated_at = ?, closed_at = ? where id = ? and status = ? and closed_at is null and provider_reference is null', [to, now, isClosed ? now : null, id, from])) === 1;
}

/** Takes the turn to ask about one: when it is due, and never twice within `leastMs`. */
export async function claimComplaint(knex: Knex, id: string, now: Date, gapMs: number, leastMs: number): Promise<boolean> {
  return (await execute(knex, 'update bbps_complaints set asked_at = ?, next_ask_at = ? where id = ? and closed_at is null and next_ask_at <= ? and (asked_at is null or asked_at <= ?)', [now, addMs(now, gapMs), id, now, addMs(now, -leastMs)])) === 1;
}

/** Brings the next question about a complaint forward; true when it is one of ours that is open. */
export async function bringComplaintForward(knex: Knex, provider: string, reference: string, now: Date): Promise<boolean> {
  return (await execute(knex, 'update bbps_complaints set next_ask_at = least(next_ask_at, ?::timestamptz) where provider = ? and provider_reference = ? and closed_at is null', [now, provider, reference])) > 0;
}

export function openTexts(cipher: FieldCipher, row: Pick<ComplaintRow, 'id' | 'descriptionSealed' | 'remarksSealed'>): { description: string; remarks: string | null } {
  return {
    description: cipher.open(row.descriptionSealed, place('description_sealed', row.id)),
    remarks: row.remarksSealed === null ? null : cipher.open(row.remarksSealed, place('remarks_sealed', row.id)),
  };
}

function place(column: 'description_sealed' | 'remarks_sealed', id: string): string { return fieldPlace('bbps_complaints', column, id); }
