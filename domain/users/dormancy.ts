import type { Knex } from 'knex';
import type { UserId } from '../ids/ids';
import { businessDate, startOfBusinessDate, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { firstUuidAt } from '../../platform/ids';
import { recordAudit } from '../audit/audit';
import { moveToStage } from './stages';

/**
 * Puts services to sleep that a user has not used for as many calendar months as the policy says, and users none of
 * whose services are awake. Nothing is written when a service is used: when the day that is known of is old, the
 * transactions are looked at, and the day of the latest is kept. So each service of each user is looked at once in
 * as many months, and a busy one costs one look into an index.
 */
const ACTOR = 'network-keep';

interface Old {
  user: UserId;
  service: string;
  /** The day that is known of. */
  usedOn: string;
  /** The first day of the time without use. */
  since: string;
}

/** Returns how many were looked at. */
export async function putToSleep(
  { knex, clock }: { knex: Knex; clock: Clock },
  limit: number,
): Promise<number> {
  const today = businessDate(clock.now());
  const old = await rows<Old>(knex, OLD, { today, limit });
  for (const one of old) await knex.transaction((trx) => look(trx, clock, one));
  return old.length;
}

/** By the policy of each service that is in force today. */
const OLD = `
  select s.user_id as "user", s.service, s.used_on::text as "usedOn", p.since::text as since
  from (
    select distinct on (service) service, (:today::date - make_interval(months => months))::date as since
    from dormancy_policies where in_force_from <= :today order by service, in_force_from desc
  ) p join user_services s on s.service = p.service
  where s.state = 'active' and s.used_on < p.since
  order by s.used_on limit :limit`;

async function look(
  trx: Knex.Transaction,
  clock: Clock,
  { user, service, usedOn, since }: Old,
): Promise<void> {
  const latest = await latestUse(trx, user, service, usedOn);
  if (latest !== undefined && latest >= since) {
    await execute(
      trx,
      `update user_services set used_on = :latest
       where user_id = :user and service = :service and state = 'active' and used_on = :usedOn::date`,
      { user, service, usedOn, latest },
    );
    return;
  }
  const at = clock.now();
  const slept = await execute(
    trx,
    `update user_services set state = 'dormant', state_at = :at, asleep_at = :at
     where user_id = :user and service = :service and state = 'active' and used_on = :usedOn::date`,
    { user, service, usedOn, at },
  );
  if (slept === 0) return; // used again, stopped, or looked at by another process
  await recordAudit(trx, {
    at,
    actor: ACTOR,
    action: 'user.service',
    subject: `user:${user}`,
    outcome: 'succeeded',
    detail: { service, state: 'dormant', not_used_since: latest ?? usedOn },
  });
  await sleepWhole(trx, clock, user);
}

/** The business date of the latest transaction of the service on that day or later. */
async function latestUse(
  trx: Knex.Transaction,
  user: UserId,
  service: string,
  usedOn: string,
): Promise<string | undefined> {
  const [latest] = await rows<{ createdAt: Date }>(
    trx,
    `select created_at as "createdAt" from transactions
     where user_id = ? and id >= ? and service = ? order by id desc limit 1`,
    [user, firstUuidAt(startOfBusinessDate(usedOn)), service],
  );
  return latest === undefined ? undefined : businessDate(latest.createdAt);
}

/** A user none of whose services is on, or waits to be, sleeps as a whole. */
async function sleepWhole(trx: Knex.Transaction, clock: Clock, user: UserId): Promise<void> {
  const [found] = await rows<{ sleeps: boolean }>(
    trx,
    `select u.stage = 'active' and not exists (
       select from user_services s where s.user_id = u.id and s.state <> 'dormant') as sleeps
     from users u where u.id = ? for no key update`,
    [user],
  );
  if (found?.sleeps !== true) return;
  await moveToStage(trx, clock, {
    user,
    to: 'dormant',
    actor: ACTOR,
    as: 'system',
    reason: 'no service was used for as long as the policy says',
  });
}
