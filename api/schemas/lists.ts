import Joi from 'joi';
import { PUBLIC_STATUSES } from '../../domain/transactions/lifecycle';
import { REFERENCE } from './payouts';

const page = {
  limit: Joi.number().integer().min(1).max(100).default(20),
  cursor: Joi.string().max(400).pattern(/^[A-Za-z0-9_-]+$/),
};
const instant = Joi.string().max(40).isoDate();

export interface TransactionsQuery { limit: number; cursor?: string; status?: (typeof PUBLIC_STATUSES)[number]; reference?: string; service?: 'payout'; created_from?: string; created_before?: string }
/** The query of GET /v1/transactions. */
export const transactionsQuery = Joi.object<TransactionsQuery>({
  ...page,
  status: Joi.string().valid(...PUBLIC_STATUSES),
  reference: Joi.string().max(40).pattern(REFERENCE),
  service: Joi.string().valid('payout'),
  created_from: instant,
  created_before: instant,
});

/** The query of GET /v1/wallets/{id}/statement. */
export const statementQuery = Joi.object<{ limit: number; cursor?: string }>(page);

/** A resource without parameters. */
export const noQuery = Joi.object<Record<string, never>>({});
