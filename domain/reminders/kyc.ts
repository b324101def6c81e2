import type { Knex } from 'knex';
import { businessDate } from '../../platform/clock';
import { rows } from '../../platform/database';
import { insertOne } from '../../platform/sql';
import type { UserId } from '../ids/ids';
import { dayInWords } from '../sign-in/notices';
import { tellEach, type Message, type TellDependencies } from './tell-each';

/**
 * Tells people that their KYC has to be done again, on the days that `kyc_terms.notice_days` names: so many days after
 * the day on which it is due, or before it. Of days that were missed only the latest is told; each is told once.
 */
export interface KycReminders {
  /** Returns how many records were looked after; fewer than `limit` when all are. */
  remind(limit: number): Promise<number>;
}

export function createKycReminders(deps: TellDependencies): KycReminders {
  const { knex, clock } = deps;
  return {
    async remind(limit) {
      const today = businessDate(clock.now());
      const due = await rows<DueNotice>(knex, DUE, { today, limit });
      return tellEach(deps, due, (trx, notice) => claim(trx, deps, notice));
    },
  };
}

interface DueNotice {
  recordId: string;
  userId: UserId;
  dueOn: string;
  /** Days after the day on which it is due; below zero: before it. */
  day: number;
}

/** No notice is so far from the day. */
const FARTHEST_DAYS = 120;

const DUE = `
  select r.id as "recordId", r.user_id as "userId", r.due_on::text as "dueOn", max(n.day)::int4 as day
  from kyc_records r
  join kyc_standings k on k.record_id = r.id
  join (select distinct on (risk) risk, notice_days from kyc_terms where in_force_from <= :today::date
    order by risk, in_force_from desc) as t on t.risk = r.risk
  cross join lateral unnest(t.notice_days) as n(day)
  where r.state = 'approved' and n.day <= :today::date - r.due_on
    and r.due_on between :today::date - ${FARTHEST_DAYS} and :today::date + ${FARTHEST_DAYS}
  group by r.id
  having max(n.day) > coalesce((select max(o.day) from kyc_notices o where o.record_id = r.id), -32768)
  order by r.due_on, r.id limit :limit`;

async function claim(
  trx: Knex.Transaction,
  { clock }: TellDependencies,
  { recordId, dueOn, day }: DueNotice,
): Promise<Message | undefined> {
  const isNew = await insertOne(
    trx,
    'kyc_notices',
    { record_id: recordId, day, told_at: clock.now() },
    'on conflict do nothing',
  );
  if (isNew === 0) return undefined;
  return { kind: day <= 0 ? 'kyc_due' : 'kyc_overdue', values: { day: dayInWords(dueOn) } };
}
