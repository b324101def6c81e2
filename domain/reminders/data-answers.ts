import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import { insertOne } from '../../platform/sql';
import type { UserId } from '../ids/ids';
import type { Notifier } from '../notifications/notifier';
import { tellEverywhere, whenInIndia } from '../sign-in/notices';
import { personOf } from '../sign-in/people';

/** Tells people that what they asked about their data is answered; the answer itself is read in the app. */
export interface DataAnswers {
  /** Returns how many were told; fewer than `limit` when all are. */
  tell(limit: number): Promise<number>;
}

interface Dependencies {
  knex: Knex;
  clock: Clock;
  cipher: FieldCipher;
  notifier: Notifier;
}

/** What was answered longer ago is not told any more. */
const TOLD_WITHIN_MS = 7 * 86_400_000;
const DATE = 'DD-MM-YYYY'.length;

export function createDataAnswers(deps: Dependencies): DataAnswers {
  const { knex, clock } = deps;
  return {
    async tell(limit) {
      const since = addMs(clock.now(), -TOLD_WITHIN_MS);
      const due = await rows<Answered>(knex, DUE, { since, limit });
      for (const answered of due) await knex.transaction((trx) => tell(trx, deps, answered));
      return due.length;
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

async function tell(
  trx: Knex.Transaction,
  { clock, cipher, notifier }: Dependencies,
  { id, userId, askedAt }: Answered,
): Promise<void> {
  // Whoever inserts it tells it: two processes at once tell one thing once.
  const isNew = await insertOne(
    trx,
    'data_request_notices',
    { request_id: id, told_at: clock.now() },
    'on conflict do nothing',
  );
  // Whose account is closed is written to by hand.
  const person = isNew === 0 ? undefined : await personOf({ knex: trx, cipher }, userId);
  if (person === undefined) return;
  const day = whenInIndia(askedAt).slice(0, DATE);
  await tellEverywhere(trx, notifier, person, { kind: 'data_answered', values: { day } });
}
