import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { DomainError } from '../errors/errors';

export interface ReportRule {
  /** So long a file is kept after it was made. */
  keepS: number;
  /** So long a link to it is good. */
  linkS: number;
  /** So many of one account are made at a time. */
  mostOpen: number;
}

/** The rule in force. Throws DomainError POLICY_NOT_FOUND. */
export async function reportRuleOn(knex: Knex, day: string): Promise<ReportRule> {
  const [rule] = await rows<ReportRule>(
    knex,
    `select keep_s as "keepS", link_s as "linkS", most_open as "mostOpen" from report_rules
    where in_force_from <= ?::date order by in_force_from desc limit 1`,
    [day],
  );
  if (rule === undefined)
    throw new DomainError('POLICY_NOT_FOUND', { detail: 'no rule of report_rules is in force' });
  return rule;
}
