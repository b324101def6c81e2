import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { DomainError } from '../errors/errors';

/** What may differ, and how long what waits: the row in force on a day. */
export interface Terms {
  tolerancePaise: bigint;
  cutoffMinutes: number;
  carryDays: number;
  missingFiles: number;
  suspenseAlarmDays: number;
  suspenseEscalationDays: number;
  /** So long after its last payment a settlement may be on its way to our bank. */
  settlementDays: number;
  /** So long after a payout its fee may be collected. */
  feeDays: number;
  /** So long after the end of a day its report may come. */
  reportHours: number;
}

export async function readTerms(db: Knex | Knex.Transaction, date: string): Promise<Terms> {
  const [terms] = await rows<Terms>(
    db,
    `select tolerance_paise as "tolerancePaise", cutoff_minutes as "cutoffMinutes", carry_days as "carryDays",
      missing_files as "missingFiles", suspense_alarm_days as "suspenseAlarmDays",
      suspense_escalation_days as "suspenseEscalationDays", settlement_days as "settlementDays", fee_days as "feeDays",
      report_hours as "reportHours"
    from recon_terms where in_force_from <= :date::date order by in_force_from desc limit 1`,
    { date },
  );
  if (terms === undefined)
    throw new DomainError('INTERNAL_ERROR', { detail: `no terms of reconciliation on ${date}` });
  return terms;
}

/** One of the ordered ways in which a row looks for its transaction. */
export interface MatchRule {
  rank: number;
  name: 'provider_reference' | 'our_reference' | 'utr_amount' | 'amount_day';
  isSuggestion: boolean;
  days: number;
}

export function readMatchRules(db: Knex | Knex.Transaction, date: string): Promise<MatchRule[]> {
  return rows<MatchRule>(
    db,
    `select distinct on (rank) rank, name, is_suggestion as "isSuggestion", days
    from recon_rules where in_force_from <= :date::date order by rank, in_force_from desc`,
    { date },
  );
}
