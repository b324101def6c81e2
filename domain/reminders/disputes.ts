import type { Knex } from 'knex';
import { addMs } from '../../platform/clock';
import { rows } from '../../platform/database';
import { rupeesFromPaise } from '../../platform/decimal';
import type { Paise } from '../../platform/money';
import { insertOne } from '../../platform/sql';
import type { UserId } from '../ids/ids';
import { dayInWords } from '../sign-in/notices';
import { tellEach, TOLD_WITHIN_MS, type Message, type TellDependencies } from './tell-each';

/** Tells agents that a network claims money of theirs, until when they may answer, and how it ended. */
export interface DisputeNotices {
  /** Returns how many were told; fewer than `limit` when all are. */
  tell(limit: number): Promise<number>;
}

export function createDisputeNotices(deps: TellDependencies): DisputeNotices {
  const { knex, clock } = deps;
  return {
    async tell(limit) {
      const since = addMs(clock.now(), -TOLD_WITHIN_MS);
      const due = await rows<Told>(knex, DUE, { since, limit });
      return tellEach(deps, due, (trx, told) => claim(trx, deps, told));
    },
  };
}

interface Told {
  id: string;
  userId: UserId;
  what: 'opened' | 'won' | 'lost' | 'given_back';
  amountPaise: Paise;
  caseReference: string;
  /** `YYYY-MM-DD` */
  answerBy: string;
  at: Date;
}

const TOLD = (what: string): string =>
  `not exists (select from dispute_notices n where n.dispute_id = d.id and n.what = ${what})`;
const FACTS = `d.id, d.user_id as "userId", d.amount_paise as "amountPaise", d.case_reference as "caseReference",
  d.answer_by::text as "answerBy"`;
/** What has ended before it was told of is told as that alone. */
const DUE = `
  (select ${FACTS}, 'opened' as what, d.recorded_at as at from disputes d
    where d.recorded_at > :since and d.state = 'open' and ${TOLD("'opened'")} order by d.recorded_at limit :limit)
  union all
  (select ${FACTS}, e.outcome, e.ended_at from dispute_endings e join disputes d on d.id = e.dispute_id
    where e.ended_at > :since and ${TOLD('e.outcome')} order by e.ended_at limit :limit)
  order by at limit :limit`;

async function claim(
  trx: Knex.Transaction,
  { clock }: TellDependencies,
  { id, what, amountPaise, caseReference, answerBy }: Told,
): Promise<Message | undefined> {
  const isNew = await insertOne(
    trx,
    'dispute_notices',
    { dispute_id: id, what, told_at: clock.now() },
    'on conflict do nothing',
  );
  if (isNew === 0) return undefined;
  const values = { rupees: rupeesFromPaise(amountPaise), case: caseReference, day: dayInWords(answerBy) };
  return { kind: `dispute_${what}`, values };
}
