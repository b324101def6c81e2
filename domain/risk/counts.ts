import type { Knex } from 'knex';
import { rows } from '../../platform/database';

/** Of one rule: its findings, and what persons said of them. */
export interface CountedAlarms {
  rule: string;
  verdict: 'open' | 'false_alarm' | 'suspicious' | 'closed';
  count: number;
}

/** A finding counts with the last word about it; one that closed by itself is `closed`. */
export function countAlarms(knex: Knex, since: Date): Promise<CountedAlarms[]> {
  return rows<CountedAlarms>(
    knex,
    `select rule, verdict, count(*)::int4 as count from (
       select c.evidence ->> 'rule' as rule, coalesce(
         (select case r.verdict when 'reported' then 'suspicious' else r.verdict end from risk_register r
          where r.case_id = c.id order by r.decided_at desc, r.id desc limit 1),
         case when c.closed_at is null then 'open' else 'closed' end) as verdict
       from ops_cases c where c.kind in ('risk_alarm', 'risk_hold') and c.opened_at >= :since) as judged
     group by rule, verdict order by rule, verdict`,
    { since },
  );
}
