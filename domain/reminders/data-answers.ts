import type { Knex } from 'knex';
import { addMs, businessDate } from '../../platform/clock';
import { rows } from '../../platform/database';
import { insertOne } from '../../platform/sql';
import type { UserId } from '../ids/ids';
import { dayInWords } from '../sign-in/notices';
import { tellEach, TOLD_WITHIN_MS, type Message, type TellDependencies } from './tell-each';

/** Tells people that what they asked about their data is answered; the answer itself is read in the app. */
export interface DataAnswers {
  /** Returns how many were told; fewer than `limit` when all are. */
  tell(limit: number): Promise<number>;
}

export function createDataAnswers(deps: TellDependencies): DataAnswers {
  const { knex, clock } = deps;
  return {
    async tell(limit) {
      const since = addMs(clock.now(), -TOLD_WITHIN_MS);
      const due = await rows<Answered>(knex, DUE, { since, limit });
      return tellEach(deps, due, (trx, answered) => claim(trx, deps, answered));
    },
  };
}

interface Answered {
  id: string;
  userId: UserId;
  askedAt: Date;
}

const DUE = `
  select r.id, r.user_id as "userId", r.asked_at as "askedAt" from data_requests r
  where r.state in ('granted', 'refused') and r.decided_at > :since
    and not exists (select from data_request_notices n where n.request_id = r.id)
  order by r.decided_at limit :limit`;

async function claim(
  trx: Knex.Transaction,
  { clock }: TellDependencies,
  { id, askedAt }: Answered,
): Promise<Message | undefined> {
  const isNew = await insertOne(
    trx,
    'data_request_notices',
    { request_id: id, told_at: clock.now() },
    'on conflict do nothing',
  );
  if (isNew === 0) return undefined;
  return { kind: 'data_answered', values: { day: dayInWords(businessDate(askedAt)) } };
}
