import type { Knex } from 'knex';
import { businessDate } from '../../platform/clock';
import { rows } from '../../platform/database';
import { ruleInForce } from '../errors/rule-in-force';

export const DATA_KINDS = ['export', 'correction', 'erasure'] as const;
export type DataKind = (typeof DATA_KINDS)[number];

/** How a request about data is answered, by rows of `data_request_rules`. */
export interface DataRequestRule {
  kind: DataKind;
  answerDays: number;
  /** That one person may ask by themselves. */
  mostIn30Days: number;
  /** Of an export: so long its copy may be fetched. */
  copyDays: number | null;
}

export interface DataRequestRules {
  /** Throws DomainError POLICY_NOT_FOUND. */
  of(kind: DataKind): DataRequestRule;
}

/** Those in force on that day in India. */
export async function dataRequestRules(db: Knex | Knex.Transaction, at: Date): Promise<DataRequestRules> {
  const found = await rows<DataRequestRule>(
    db,
    `select distinct on (kind) kind, answer_days as "answerDays", most_in_30_days as "mostIn30Days",
       copy_days as "copyDays"
     from data_request_rules where in_force_from <= :day order by kind, in_force_from desc`,
    { day: businessDate(at) },
  );
  return {
    of: (kind) =>
      ruleInForce(
        found.find((rule) => rule.kind === kind),
        `no rule says when a request for ${kind} is answered`,
      ),
  };
}
