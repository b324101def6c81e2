import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { Paise } from '../../platform/money';
import { DomainError } from '../errors/errors';
import { NIGHT_ERRORS } from './errors';

/** Nights and their steps, as people see them. Times are of the database's clock. */
export interface NightReader {
  /** The newest first; of days before one where it is given. */
  list(limit: number, before?: string): Promise<NightView[]>;
  /** Throws DomainError NIGHT_NOT_FOUND. */
  show(day: string): Promise<NightStepView[]>;
  /** Steps of earlier days that have failed: while they do, those of this day wait. The oldest first, five at most. */
  heldBy(day: string): Promise<HoldingStep[]>;
  /** For metrics. */
  measures(): Promise<NightMeasures>;
}

export interface HoldingStep {
  day: string;
  kind: string;
  attempts: number;
  why: string | null;
}

export interface NightMeasures {
  /** Steps that are not done, and those of them whose last try failed. */
  undone: number;
  failed: number;
  /** The first business day whose night is not done: all before it are. Null before any night. */
  firstUndone: string | null;
  /** Of steps that wait for something from outside, the first day. */
  waiting: { step: string; provider: string | null; since: string }[];
  /** Days whose part of the seal no signed head covers. */
  unsignedDays: number;
  shortfallPaise: Paise;
  /** The last year whose bank holidays are loaded; null where none is. */
  holidayYear: number | null;
}

export interface NightView {
  day: string;
  state: 'waiting' | 'running' | 'failed' | 'done';
  steps: number;
  done: number;
  openedAt: Date;
  endedAt: Date | null;
}

export interface NightStepView {
  kind: string;
  provider: string | null;
  state: string;
  rowsDone: bigint;
  rowsTotal: bigint | null;
  attempts: number;
  why: string | null;
  dependsOn: string[];
  begunAt: Date | null;
  endedAt: Date | null;
  result: Record<string, string | number> | null;
}

export function createNightReader({ knex }: { knex: Knex }): NightReader {
  return {
    list: (limit, before) => rows<NightView>(knex, LIST, { limit, before: before ?? null }),
    async show(day) {
      const found = await rows<NightStepView>(knex, SHOW, [day]);
      if (found.length === 0)
        throw new DomainError(NIGHT_ERRORS.NIGHT_NOT_FOUND, { detail: `no night of ${day} was opened` });
      return found;
    },
    heldBy: (day) => rows<HoldingStep>(knex, HOLDING, [day]),
    async measures() {
      const [found] = await rows<Omit<NightMeasures, 'waiting'>>(knex, MEASURES);
      const waiting = await rows<NightMeasures['waiting'][number]>(knex, WAITING);
      return { ...found!, waiting };
    },
  };
}

/** A night fails with one of its steps, and is done with the last. */
const LIST = `
  select n.business_date::text as day,
    case when bool_or(r.state = 'failed') then 'failed' when bool_or(r.state = 'running') then 'running'
      when bool_and(r.state = 'done') then 'done' else 'waiting' end as state,
    count(*)::int as steps, (count(*) filter (where r.state = 'done'))::int as done, n.opened_at as "openedAt",
    case when bool_and(r.state = 'done') then max(r.ended_at) end as "endedAt"
  from nights n join nightly_runs r on r.business_date = n.business_date
  where :before::date is null or n.business_date < :before::date
  group by n.business_date order by n.business_date desc limit :limit`;

const SHOW = `
  select kind, provider, state, rows_done as "rowsDone", rows_total as "rowsTotal", attempt_no as attempts, why,
    depends_on as "dependsOn", begun_at as "begunAt", ended_at as "endedAt", result
  from nightly_runs where business_date = ?::date order by begun_at nulls last, kind, provider`;

const HOLDING = `
  select business_date::text as day, kind, attempt_no as attempts, why from nightly_runs
  where business_date < ?::date and state = 'failed' order by business_date, kind, provider limit 5`;

const MEASURES = `
  select count(*)::int as undone, (count(*) filter (where state = 'failed'))::int as failed,
    coalesce(min(business_date), (select max(business_date) + 1 from nights))::text as "firstUndone",
    coalesce((select shortfall_paise from safeguarding_days order by business_date desc limit 1), 0) as "shortfallPaise",
    (select count(distinct business_date)::int from ledger_seals
      where business_date > coalesce((select max(day) from ledger_seal_heads), '-infinity')) as "unsignedDays",
    (select max(year) from holiday_years) as "holidayYear"
  from nightly_runs where state <> 'done'`;

const WAITING = `
  select kind as step, provider, min(business_date)::text as since from nightly_runs
  where state = 'waiting' and why is not null group by 1, 2`;
