import type { TransactionId, UserId } from '../ids/ids';
import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { Paise } from '../../platform/money';
import { insertOne, updateWhere } from '../../platform/sql';
import type { Position } from './request';

/** The rows of one-time passwords for withdrawals: the provider's ids of them, never a password. */
export interface WithdrawalOtp extends OtpFacts {
  id: string;
  requestHash: Buffer | null;
  /** The withdrawal in whose place the provider sent it; null if it was asked for. */
  inPlaceOf: TransactionId | null;
  state: 'asking' | 'sent' | 'refused' | 'unknown';
  providerReference: string | null;
  createdAt: Date;
  expiresAt: Date | null;
  /** The withdrawal that it was used for, whatever became of that. */
  usedBy: TransactionId | null;
}

/** What a one-time password is good for: one withdrawal that is the same in all of this. */
export interface OtpFacts extends Position {
  userId: UserId;
  amountPaise: Paise;
  customer: Buffer;
  customerRef: Buffer;
  bank: string;
  terminalId: string;
}

export interface NewWithdrawalOtp extends OtpFacts {
  id: string;
  provider: string;
  createdAt: Date;
}

const SELECT = `
  select o.id, o.user_id as "userId", o.request_hash as "requestHash", o.in_place_of as "inPlaceOf", o.state,
    o.provider_reference as "providerReference", o.amount_paise as "amountPaise", o.customer,
    o.customer_ref as "customerRef", o.bank, o.terminal_id as "terminalId", o.lat_micro as "latMicro",
    o.long_micro as "longMicro", o.created_at as "createdAt", o.expires_at as "expiresAt",
    w.transaction_id as "usedBy"
  from aeps_withdrawal_otps o left join aeps_withdrawals w on w.otp_id = o.id`;

type Database = Knex | Knex.Transaction;

async function first(db: Database, where: string, values: Record<string, unknown>) {
  const [found] = await rows<WithdrawalOtp>(db, `${SELECT} where ${where}`, values);
  return found;
}

/** The user's; undefined for those of others. */
export function readOtp(db: Database, userId: UserId, id: string): Promise<WithdrawalOtp | undefined> {
  return first(db, 'o.id = :id and o.user_id = :userId', { id, userId });
}

/** The one that a caller's key asked for, unless it came to nothing. */
export function readOtpOfKey(db: Database, userId: UserId, key: string): Promise<WithdrawalOtp | undefined> {
  return first(db, "o.user_id = :userId and o.idempotency_key = :key and o.state in ('asking', 'sent')", {
    userId,
    key,
  });
}

/** One that the provider sent in place of the same withdrawal, and that is still good. */
export function readOtpInPlace(db: Database, facts: OtpFacts, now: Date): Promise<WithdrawalOtp | undefined> {
  return first(
    db,
    `o.user_id = :userId and o.customer_ref = :customerRef and o.in_place_of is not null
      and o.customer = :customer and o.bank = :bank and o.amount_paise = :amountPaise
      and o.terminal_id = :terminalId and o.lat_micro = :latMicro and o.long_micro = :longMicro
      and o.expires_at > :now and w.transaction_id is null
    order by o.created_at desc limit 1`,
    { ...facts, now },
  );
}

function columnsOf(otp: NewWithdrawalOtp) {
  return {
    id: otp.id,
    user_id: otp.userId,
    provider: otp.provider,
    amount_paise: otp.amountPaise,
    customer: otp.customer,
    customer_ref: otp.customerRef,
    bank: otp.bank,
    terminal_id: otp.terminalId,
    lat_micro: otp.latMicro,
    long_micro: otp.longMicro,
    created_at: otp.createdAt,
  };
}

/** Notes that the provider is about to be asked. False if the key is at work elsewhere. */
export async function insertAskedOtp(
  knex: Knex,
  otp: NewWithdrawalOtp,
  asked: { key: string; requestHash: Buffer; ourReference: string },
): Promise<boolean> {
  const inserted = await insertOne(
    knex,
    'aeps_withdrawal_otps',
    {
      ...columnsOf(otp),
      idempotency_key: asked.key,
      request_hash: asked.requestHash,
      our_reference: asked.ourReference,
      state: 'asking',
    },
    "on conflict (user_id, idempotency_key) where state in ('asking', 'sent') do nothing",
  );
  return inserted > 0;
}

export interface OtpAnswer {
  state: 'sent' | 'refused' | 'unknown';
  at: Date;
  providerReference?: string;
  expiresAt?: Date;
  rawReason?: string;
}

/** Notes what the provider said, once. */
export function answerOtp(knex: Knex, id: string, answer: OtpAnswer): Promise<number> {
  return updateWhere(
    knex,
    'aeps_withdrawal_otps',
    {
      state: answer.state,
      answered_at: answer.at,
      provider_reference: answer.providerReference ?? null,
      expires_at: answer.expiresAt ?? null,
      raw_reason: answer.rawReason ?? null,
    },
    { id, state: 'asking' },
  );
}

/** Keeps one that the provider sent in place of a withdrawal; the first for each withdrawal. */
export async function insertOtpInPlace(
  knex: Knex,
  otp: NewWithdrawalOtp,
  sent: { inPlaceOf: TransactionId; providerReference: string; expiresAt: Date },
): Promise<void> {
  await insertOne(
    knex,
    'aeps_withdrawal_otps',
    {
      ...columnsOf(otp),
      in_place_of: sent.inPlaceOf,
      state: 'sent',
      provider_reference: sent.providerReference,
      answered_at: otp.createdAt,
      expires_at: sent.expiresAt,
    },
    'on conflict on constraint aeps_withdrawal_otps_in_place_once do nothing',
  );
}
