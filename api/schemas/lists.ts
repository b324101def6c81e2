import Joi from 'joi';
import { PUBLIC_STATUSES } from '../../domain/lifecycle/lifecycle';
import { NEXT_ACTION_NAMES, type NextActionName } from '../../domain/transactions/next-action';
import type { TransactionFilter } from '../../domain/transactions/list';
import { SERVICES, type ServiceName } from '../../domain/provider/service-name';
import { breaks, day, page, searchedReference } from './fields';

const INSTANT = /^(2\d{3}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-]\d{2}:\d{2})$/;

const AN_INSTANT = 'an instant with its zone, as 2026-11-01T00:00:00Z or 2026-11-01T00:00:00+05:30';

/**
 * An instant (RFC 3339) with its zone, of this millennium: a date that PostgreSQL can hold and a calendar
 * has.
 */
const instant = Joi.string()
  .max(40)
  .pattern(INSTANT, AN_INSTANT)
  .custom((text: string, helpers) => {
    const day = INSTANT.exec(text)?.[1];
    const at = new Date(text);
    const midnight = new Date(`${day}T00:00:00Z`);
    return day === undefined ||
      Number.isNaN(at.getTime()) ||
      Number.isNaN(midnight.getTime()) ||
      !midnight.toISOString().startsWith(day)
      ? breaks(helpers, AN_INSTANT)
      : at;
  })
  .meta({ schema: {} })
  .example('2026-11-01T00:00:00+05:30');

/** As it is copied from a statement or a message: blanks and capitals do not count. */
const utr = Joi.string()
  .max(40)
  .pattern(
    /^[A-Za-z0-9](?:[A-Za-z0-9 /-]*[A-Za-z0-9])?$/,
    'a UTR or RRN: Latin letters, digits, - / and blanks',
  )
  .example('569690930707');
const providerReference = Joi.string()
  .max(100)
  .pattern(
    /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/,
    'the id that the provider gave: Latin letters, digits and punctuation',
  )
  .example('pout_A1b2C3');

export interface TransactionsQuery {
  limit: number;
  cursor?: string;
  status?: (typeof PUBLIC_STATUSES)[number];
  reference?: string;
  utr?: string;
  provider_reference?: string;
  service?: ServiceName;
  created_from?: Date;
  created_before?: Date;
  next_action?: NextActionName;
}
/** The query of GET /v1/transactions. */
export const transactionsQuery = Joi.object<TransactionsQuery>({
  ...page,
  status: Joi.string().valid(...PUBLIC_STATUSES),
  reference: searchedReference,
  utr,
  provider_reference: providerReference,
  service: Joi.string().valid(...SERVICES),
  created_from: instant,
  created_before: instant,
  next_action: Joi.string().valid(...NEXT_ACTION_NAMES),
});

/** What a list of transactions is asked for. */
export function filterOf(query: TransactionsQuery): TransactionFilter {
  return {
    status: query.status,
    reference: query.reference,
    utr: query.utr,
    providerReference: query.provider_reference,
    service: query.service,
    createdFrom: query.created_from,
    createdBefore: query.created_before,
    nextAction: query.next_action,
  };
}

export interface StatementQuery {
  limit: number;
  cursor?: string;
  from?: string;
  to?: string;
}
const firstDay = day.description('The first day, in India');
const lastDay = day.description('The last day, in India; it is included');
/** The query of GET /v1/wallets/{id}/statement. */
export const statementQuery = Joi.object<StatementQuery>({ ...page, from: firstDay, to: lastDay }).and(
  'from',
  'to',
);
/** The query of a statement of some days as a whole. */
export const daysQuery = Joi.object<{ from: string; to: string }>({
  from: firstDay.required(),
  to: lastDay.required(),
});
/** The query of GET /v1/wallets/{id}/balance. */
export const balanceQuery = Joi.object<{ at: Date }>({ at: instant.required() });

/** The query of a list that has no filter. */
export const pageQuery = Joi.object<{ limit: number; cursor?: string }>(page);

/** A resource without parameters. */
export const noQuery = Joi.object<Record<string, never>>({});
