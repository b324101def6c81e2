import type { AccountId, UserId } from '../ids/ids';
import type { Knex } from 'knex';
import { addMonths, addMs, businessDate, startOfBusinessDate } from '../../platform/clock';
import { rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import { AEPS_ERRORS } from './errors';

/**
 * An agent's row, with the wallet that withdrawals are credited to and the newest day of a daily
 * verification.
 */
export interface AepsAgent {
  userId: UserId;
  walletId: string;
  accountId: AccountId;
  userCode: string;
  state: 'activation_pending' | 'active' | 'dormant' | 'refused';
  ekycState: 'none' | 'otp_sent' | 'otp_verified' | 'done';
  latMicro: number;
  longMicro: number;
  otpRef: string | null;
  otpReferenceTid: string | null;
  otpAt: Date | null;
  activatedAt: Date | null;
  lastUsedAt: Date | null;
  createdAt: Date;
  /** Business date, `YYYY-MM-DD`. */
  verifiedOn: string | null;
}

const SELECT = `
  select a.user_id as "userId", a.wallet_id as "walletId", w.account_id as "accountId",
    a.user_code as "userCode", a.state, a.ekyc_state as "ekycState", a.shop_lat_micro as "latMicro",
    a.shop_long_micro as "longMicro",
    a.otp_ref as "otpRef", a.otp_reference_tid as "otpReferenceTid", a.otp_at as "otpAt",
      a.activated_at as "activatedAt", a.last_used_at as "lastUsedAt", a.created_at as "createdAt",
    (select max(k.business_date)::text from aeps_daily_kyc k where k.user_id = a.user_id) as "verifiedOn"
  from aeps_agents a join wallets w on w.id = a.wallet_id where a.user_id = ?`;

/** Throws DomainError AEPS_AGENT_NOT_FOUND. */
export async function readAgent(knex: Knex, userId: UserId): Promise<AepsAgent> {
  return found(await rows<AepsAgent>(knex, SELECT, [userId]));
}

/**
 * Locks the agent's row: an agent's transactions begin one after the other, so that counts of them are exact.
 * Throws DomainError AEPS_AGENT_NOT_FOUND.
 */
export async function lockAgentForUpdate(trx: Knex.Transaction, userId: UserId): Promise<AepsAgent> {
  return found(await rows<AepsAgent>(trx, `${SELECT} for no key update of a`, [userId]));
}

function found([agent]: AepsAgent[]): AepsAgent {
  if (agent === undefined)
    throw new DomainError(AEPS_ERRORS.AEPS_AGENT_NOT_FOUND, {
      detail: 'become an agent first: POST /v1/aeps/agent',
    });
  return agent;
}

/** An agent last used before this instant is dormant: calendar months before the day, in India. */
export function lapsedBefore(now: Date, dormantAfterMonths: number): Date {
  return startOfBusinessDate(addMonths(businessDate(now), -dormantAfterMonths));
}

/** The first business date on which an agent that was last used then is dormant. */
export function lapsesOn(lastUsed: Date, dormantAfterMonths: number): string {
  const day = addMonths(businessDate(lastUsed), dormantAfterMonths);
  return businessDate(addMs(startOfBusinessDate(day), DAY_MS));
}
const DAY_MS = 86_400_000;
