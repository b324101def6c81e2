import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { Reconfirm } from '../banks/ifsc';

/**
 * What stands in the database, counted for people who watch: transactions that are not final, work that is to
 * be done, open cases, what our books say that each provider holds, and beneficiaries whose account has to be
 * asked for anew. Reads only; each statement uses a partial index over what is open, so its cost follows that
 * and not the history.
 */
export interface Measures {
  pending: { service: string; state: string; age: Age; count: number; oldestS: number }[];
  overdue: { service: string; count: number }[];
  undone: { job: string; count: number; oldestS: number }[];
  cases: { kind: string; age: Age; count: number; oldestS: number }[];
  floats: { provider: string; paise: bigint }[];
  reconfirm: { reason: Reconfirm; count: number }[];
}

/** From young to old; the label of a metric. */
export const AGES = ['under_1m', '1m_to_10m', '10m_to_1h', '1h_to_1d', 'over_1d'] as const;
export type Age = (typeof AGES)[number];

export async function measure({ knex, clock }: { knex: Knex; clock: Clock }): Promise<Measures> {
  const now = clock.now();
  const [pending, overdue, undone, cases, floats, reconfirm] = await Promise.all([
    rows<Measures['pending'][number]>(knex, PENDING, { now }),
    rows<Measures['overdue'][number]>(knex, OVERDUE, { now }),
    rows<Measures['undone'][number]>(knex, UNDONE, { now }),
    rows<Measures['cases'][number]>(knex, CASES, { now }),
    rows<Measures['floats'][number]>(knex, FLOATS),
    rows<Measures['reconfirm'][number]>(knex, TO_RECONFIRM),
  ]);
  return { pending, overdue, undone, cases, floats, reconfirm };
}

const ageOf = (since: string): string => `
  case when ${since} > :now::timestamptz - interval '1 minute' then 'under_1m'
    when ${since} > :now::timestamptz - interval '10 minutes' then '1m_to_10m'
    when ${since} > :now::timestamptz - interval '1 hour' then '10m_to_1h'
    when ${since} > :now::timestamptz - interval '1 day' then '1h_to_1d'
    else 'over_1d' end`;
const secondsSince = (since: string): string =>
  `greatest(0, extract(epoch from :now::timestamptz - ${since}))::float8`;

const PENDING = `
  select service, state, ${ageOf('created_at')} as age, count(*)::int as count,
    ${secondsSince('min(created_at)')} as "oldestS"
  from transactions where ended_as is null group by 1, 2, 3`;
const OVERDUE = `
  select service, count(*)::int as count from transactions
  where ended_as is null and expected_by < :now group by 1`;
/** Work is done as soon as a worker of its type runs; a row in wait for its provider is due later. */
const UNDONE = `
  select due_job as job, count(*)::int as count, ${secondsSince('min(due_at)')} as "oldestS"
  from transactions where due_from <= :now and due_at <= :now group by 1
  union all
  select 'poll', count(*)::int, ${secondsSince('min(next_poll_at)')}
  from transactions where poll_from <= :now and next_poll_at <= :now having count(*) > 0
  union all
  select 'callback', count(*)::int, ${secondsSince('min(received_at)')}
  from callbacks where due_at is not null and due_at <= :now having count(*) > 0`;
const CASES = `
  select kind, ${ageOf('opened_at')} as age, count(*)::int as count, ${secondsSince('min(opened_at)')} as "oldestS"
  from ops_cases where closed_at is null group by 1, 2`;
const FLOATS = `
  select substr(code, 7) as provider, debits_paise - credits_paise as paise
  from ledger_accounts where code like 'float:%'`;
/** Their indexes hold only what is marked. */
const TO_RECONFIRM = `
  select reconfirm as reason, count(*)::int as count from (
    select reconfirm from beneficiaries where reconfirm is not null
    union all
    select reconfirm from dmt_recipients where reconfirm is not null) as marked group by 1`;
