import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import { insertOne } from '../../platform/sql';
import type { UserId } from '../ids/ids';
import type { Notifier } from '../notifications/notifier';
import { tellEverywhere } from '../sign-in/notices';
import { personOf } from '../sign-in/people';

/**
 * Tells people that their KYC has to be done again, on the days that `kyc_terms.notice_days` names: so many days after
 * the day on which it is due, or before it. Of days that were missed only the latest is told; each is told once.
 */
export interface KycReminders {
  /** Returns how many records were looked after; fewer than `limit` when all are. */
  remind(limit: number): Promise<number>;
}

export interface KycReminderDependencies {
  knex: Knex;
  clock: Clock;
  cipher: FieldCipher;
  notifier: Notifier;
}

export function createKycReminders(deps: KycReminderDependencies): KycReminders {
  const { knex, clock } = deps;
  return {
    async remind(limit) {
      const today = businessDate(clock.now());
      const due = await rows<DueNotice>(knex, DUE, { today, limit });
      for (const notice of due) await knex.transaction((trx) => tell(trx, deps, notice));
      return due.length;
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

async function tell(
  trx: Knex.Transaction,
  { clock, cipher, notifier }: KycReminderDependencies,
  { recordId, userId, dueOn, day }: DueNotice,
): Promise<void> {
  // Whoever inserts it tells it: two processes at once tell one thing once.
  const isNew = await insertOne(
    trx,
    'kyc_notices',
    { record_id: recordId, day, told_at: clock.now() },
    'on conflict do nothing',
  );
  const person = isNew === 0 ? undefined : await personOf({ knex: trx, cipher }, userId);
  if (person === undefined) return;
  const [year, month, date] = dueOn.split('-');
  await tellEverywhere(trx, notifier, person, {
    kind: day <= 0 ? 'kyc_due' : 'kyc_overdue',
    values: { day: `${date}-${month}-${year}` },
  });
}
