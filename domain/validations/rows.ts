/** The statements about account validations. Each is a compare-and-set: whoever loses changes nothing. */
import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import { insertOne, selectOf, type ColumnsOf } from '../../platform/sql';
import type { ValidationKind, ValidationMethod } from './port';

export type ValidationState =
  | 'begun'
  | 'sent'
  | 'unresolved'
  | Exclude<ValidationKind, 'pending' | 'unknown'>;

export interface ValidationRow {
  id: string;
  beneficiaryId: string;
  provider: string;
  method: ValidationMethod;
  ourReference: string;
  state: ValidationState;
  begunAt: Date;
  sendBefore: Date;
  sentAt: Date | null;
  sends: number;
  asks: number;
  providerReference: string | null;
  rawReason: string | null;
  registeredNameSealed: string | null;
  nameScore: number | null;
  utr: string | null;
  endedAt: Date | null;
}

const COLUMNS = selectOf({
  id: 'id',
  beneficiaryId: 'beneficiary_id',
  provider: 'provider',
  method: 'method',
  ourReference: 'our_reference',
  state: 'state',
  begunAt: 'begun_at',
  sendBefore: 'send_before',
  sentAt: 'sent_at',
  sends: 'sends',
  asks: 'asks',
  providerReference: 'provider_reference',
  rawReason: 'raw_reason',
  registeredNameSealed: 'registered_name_sealed',
  nameScore: 'name_score',
  utr: 'utr',
  endedAt: 'ended_at',
} satisfies ColumnsOf<ValidationRow>);

export async function readValidation(knex: Knex, id: string): Promise<ValidationRow | undefined> {
  return (
    await rows<ValidationRow>(knex, `select ${COLUMNS} from account_validations where id = ?`, [id])
  )[0];
}

/** Requests about one beneficiary take turns until the end of the database transaction. */
export async function takeTurn(trx: Knex.Transaction, beneficiaryId: string): Promise<boolean> {
  const found = await rows<{ id: string }>(
    trx,
    'select id from beneficiaries where id = ? for no key update',
    [beneficiaryId],
  );
  return found.length > 0;
}

/** The open one, or else the one that was begun last: clocks of two processes differ. */
export async function latestOf(
  db: Knex | Knex.Transaction,
  beneficiaryId: string,
): Promise<ValidationRow | undefined> {
  const found = await rows<ValidationRow>(
    db,
    `select ${COLUMNS} from account_validations where beneficiary_id = ?
     order by ended_at is null desc, begun_at desc, id desc limit 1`,
    [beneficiaryId],
  );
  return found[0];
}

export type NewValidation = Pick<
  ValidationRow,
  'id' | 'beneficiaryId' | 'provider' | 'method' | 'ourReference' | 'begunAt' | 'sendBefore'
> & { dueAt: Date };

export async function insertValidation(trx: Knex.Transaction, row: NewValidation): Promise<void> {
  await insertOne(trx, 'account_validations', {
    id: row.id,
    beneficiary_id: row.beneficiaryId,
    provider: row.provider,
    method: row.method,
    our_reference: row.ourReference,
    state: 'begun',
    begun_at: row.begunAt,
    send_before: row.sendBefore,
    due_at: row.dueAt,
  });
}

/** True for exactly one caller: who has it may send. */
export async function claimSend(
  knex: Knex,
  { id, sends }: ValidationRow,
  { now, askAt }: { now: Date; askAt: Date },
): Promise<boolean> {
  const claimed = await execute(
    knex,
    `update account_validations set state = 'sent', sent_at = :now, sends = sends + 1, due_at = :askAt
     where id = :id and state = 'begun' and sends = :sends and send_before > :now`,
    { id, sends, now, askAt },
  );
  return claimed === 1;
}

/** The request certainly never left: it may be claimed again. */
export async function giveBack(
  knex: Knex,
  { id, sends }: Pick<ValidationRow, 'id' | 'sends'>,
  { rawStatus, dueAt }: { rawStatus: string; dueAt: Date },
): Promise<void> {
  await execute(
    knex,
    `update account_validations set state = 'begun', sent_at = null, raw_status = :rawStatus, due_at = :dueAt
     where id = :id and state = 'sent' and sends = :sends and provider_reference is null`,
    { id, sends, rawStatus, dueAt },
  );
}

export interface StillOpen {
  rawStatus: string;
  rawReason: string | null;
  providerReference: string | null;
  dueAt: Date;
}

/** It is under way, or nobody knows: it is asked about again. */
export async function keepOpen(
  knex: Knex,
  id: string,
  { rawStatus, rawReason, providerReference, dueAt }: StillOpen,
): Promise<void> {
  await execute(
    knex,
    `update account_validations set asks = asks + 1, raw_status = :rawStatus, raw_reason = :rawReason,
       provider_reference = coalesce(provider_reference, :providerReference), due_at = :dueAt
     where id = :id and state = 'sent'`,
    { id, rawStatus, rawReason, providerReference, dueAt },
  );
}

export interface Ending extends Omit<StillOpen, 'dueAt'> {
  state: Exclude<ValidationState, 'begun' | 'sent'>;
  registeredNameSealed: string | null;
  nameScore: number | null;
  utr: string | null;
  at: Date;
}

/** What was found out. The first answer stays; one that nobody could answer takes it late. */
export async function end(knex: Knex, id: string, ending: Ending): Promise<void> {
  await execute(
    knex,
    `update account_validations set state = :state, ended_at = :at, due_at = null, raw_status = :rawStatus,
       raw_reason = :rawReason, provider_reference = coalesce(provider_reference, :providerReference),
       registered_name_sealed = :registeredNameSealed, name_score = :nameScore, utr = :utr
     where id = :id and (state = 'sent' or (state = 'unresolved' and sent_at is not null))
       and state <> :state`,
    { id, ...ending },
  );
}

/** Nobody can say any more: not sent in time, or asked about for long enough. */
export async function giveUp(
  knex: Knex,
  { id, state, sends }: ValidationRow,
  { rawStatus, at }: { rawStatus: string; at: Date },
): Promise<void> {
  await execute(
    knex,
    `update account_validations set state = 'unresolved', ended_at = :at, due_at = null, raw_status = :rawStatus
     where id = :id and state = :state and sends = :sends`,
    { id, state, sends, rawStatus, at },
  );
}

/** Takes those that are due, and puts them out of reach of others for a while. */
export async function claimDue(
  knex: Knex,
  { now, again, limit }: { now: Date; again: Date; limit: number },
): Promise<string[]> {
  const claimed = await rows<{ id: string }>(
    knex,
    `update account_validations set due_at = :again where id in (
       select id from account_validations where due_at <= :now order by due_at limit :limit
       for update skip locked)
     returning id`,
    { now, again, limit },
  );
  return claimed.map(({ id }) => id);
}

/** One of ours that is open, or that nobody could answer, by the provider's id. */
export async function openByReference(
  knex: Knex,
  provider: string,
  providerReference: string,
): Promise<ValidationRow | undefined> {
  const found = await rows<ValidationRow>(
    knex,
    `select ${COLUMNS} from account_validations
     where provider = :provider and provider_reference = :providerReference
       and state in ('sent', 'unresolved')`,
    { provider, providerReference },
  );
  return found[0];
}
