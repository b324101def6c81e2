import type { UserId } from '../ids/ids';
import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import { RECHARGE_ERRORS } from './errors';
import { publicId } from '../../platform/ids';
import type { PublicStatus } from '../lifecycle/lifecycle';
import type { TransactionReader, TransactionView } from '../transactions/read';

/**
 * The receipt printed for the customer; amounts are JSON integers of paise. Only SUCCESS says that the number
 * was recharged.
 */
export interface RechargeReceipt {
  id: string;
  object: 'recharge';
  status: PublicStatus;
  status_reason: TransactionView['status_reason'];
  status_message: string | null;
  provider_reason: string | null;
  next_action: TransactionView['next_action'];
  /** `98XXXXXX10`, because receipts are left lying around. */
  mobile: string;
  operator: string;
  circle: string;
  amount: number;
  currency: string;
  fee: number;
  tax: number;
  charge: number;
  total: number;
  reference: string;
  /** The operator's own reference of the recharge, for its help desk. */
  operator_reference: string | null;
  expected_by: string | null;
  overdue: boolean;
  created_at: string;
  finished_at: string | null;
  links: { transaction: string; events: string };
}

export interface RechargeReader {
  /** Throws DomainError RECHARGE_NOT_FOUND, also for transactions of another user or service. */
  get(userId: UserId, id: string): Promise<RechargeReceipt>;
}

export function createRechargeReader(deps: { knex: Knex; transactions: TransactionReader }): RechargeReader {
  return {
    async get(userId, id) {
      const [found] = await rows<{ mobile: string; operator: string; circle: string }>(
        deps.knex,
        'select mobile_hint as mobile, operator, circle from recharges where transaction_id = ? and user_id = ?',
        [id, userId],
      );
      if (found === undefined) throw new DomainError(RECHARGE_ERRORS.RECHARGE_NOT_FOUND);
      const t = await deps.transactions.get(userId, id);
      return {
        id: publicId('transaction', id),
        object: 'recharge',
        status: t.status,
        status_reason: t.status_reason,
        status_message: t.status_message,
        provider_reason: t.provider_reason,
        next_action: t.next_action,
        ...found,
        amount: t.amount,
        currency: t.currency,
        fee: t.fee,
        tax: t.tax,
        charge: t.charge,
        total: t.total,
        reference: t.reference,
        operator_reference: t.utr,
        expected_by: t.expected_by,
        overdue: t.overdue,
        created_at: t.created_at,
        finished_at: t.finished_at,
        links: { transaction: t.links.self, events: t.links.events },
      };
    },
  };
}
