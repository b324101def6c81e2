import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { DomainError, fieldError } from '../errors/errors';
import { REPORT_ERRORS } from './errors';
import { daysOf } from './parameters';
import type { Report, ReportParameters } from './report';

/** Throws DomainError REPORT_DAYS_NOT_CLOSED where the night has not written what such a report reads. */
export async function requireClosed(knex: Knex, report: Report, parameters: ReportParameters): Promise<void> {
  const days = daysOf(parameters);
  if (report.needsClosedDays !== true || days === undefined) return;
  const [known] = await rows<{ first: string | null; last: string | null }>(
    knex,
    `select min(business_date)::text as first, max(business_date)::text as last
    from nightly_runs where kind = 'balances' and state = 'done'`,
  );
  const { first, last } = known!;
  if (first !== null && last !== null && days.first >= first && days.last <= last) return;
  throw new DomainError(REPORT_ERRORS.REPORT_DAYS_NOT_CLOSED, {
    detail:
      first === null || last === null
        ? 'no day is closed yet: a night closes the day before it'
        : `the days from ${first} to ${last} are closed`,
  });
}

/** Throws DomainError REPORT_PARAMETERS_INVALID for an account that was never opened. */
export async function requireAccount(knex: Knex, { account }: ReportParameters): Promise<void> {
  if (account === undefined) return;
  const [found] = await rows<{ id: bigint }>(knex, 'select id from ledger_accounts where code = ?', [
    account,
  ]);
  if (found === undefined)
    throw fieldError(REPORT_ERRORS.REPORT_PARAMETERS_INVALID, '#/account', 'there is no such account');
}
