import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import type { NightResult } from './step';

/** What is written of nights and of their steps. Leases and due times go by the clock of the database. */

/** A lease that is not renewed for so long is over: whoever held it is dead, or will find it gone. */
export const LEASE_S = 20;
/** So long after it was queued a step that nobody has begun is queued again. */
const REQUEUE_S = 30;

export interface NightRun {
  id: string;
  kind: string;
  date: string;
  provider: string | null;
  /** Counts the tries; a try writes only while its number is the last. */
  attemptNo: number;
}

/** A step may begin: the same one of all days before is done, and so is what it depends on. */
const IS_READY = `
  not exists (select from nightly_runs p where p.kind = r.kind and p.provider is not distinct from r.provider
    and p.business_date < r.business_date and p.state <> 'done')
  and not exists (select from nightly_runs d where d.business_date = r.business_date and d.kind = any(r.depends_on)
    and (d.provider is null or r.provider is null or d.provider = r.provider) and d.state <> 'done')`;
const IS_FREE = `r.state <> 'done' and (r.lease_until is null or r.lease_until < clock_timestamp())`;

const CLAIM = `
  with ready as (
    select r.id from nightly_runs r where ${IS_FREE} and r.due_at <= clock_timestamp() and ${IS_READY}
    order by r.business_date, r.kind, r.provider limit 50 for no key update of r skip locked)
  update nightly_runs t set drive_no = t.drive_no + 1, due_at = clock_timestamp() + interval '${REQUEUE_S} seconds'
  from ready where t.id = ready.id returning t.id, t.drive_no as "driveNo"`;

/** Takes the steps that can begin now; they are queued by the caller, and taken again when that comes to nothing. */
export function claimReady(knex: Knex): Promise<{ id: string; driveNo: number }[]> {
  return rows<{ id: string; driveNo: number }>(knex, CLAIM);
}

const BEGIN = `
  update nightly_runs r set state = 'running', attempt_no = r.attempt_no + 1, rows_done = 0, rows_total = null,
    why = null, lease_until = clock_timestamp() + interval '${LEASE_S} seconds',
    begun_at = coalesce(r.begun_at, clock_timestamp())
  where r.id = ? and ${IS_FREE} and ${IS_READY}
  returning r.id, r.kind, r.business_date::text as date, r.provider, r.attempt_no as "attemptNo"`;

/** Undefined when it is done, when somebody else does it just now, or when it may not begin. */
export async function beginRun(knex: Knex, id: string): Promise<NightRun | undefined> {
  const [run] = await rows<NightRun>(knex, BEGIN, [id]);
  return run;
}

/** Says how far it is, and that somebody still does it. False when it has been taken over. */
export async function keepRun(
  knex: Knex,
  { id, attemptNo }: NightRun,
  { done, total }: { done: number; total: number | undefined },
): Promise<boolean> {
  const kept = await execute(
    knex,
    `update nightly_runs set lease_until = clock_timestamp() + interval '${LEASE_S} seconds',
      rows_done = :done, rows_total = :total
    where id = :id and attempt_no = :attemptNo and state = 'running'`,
    { id, attemptNo, done, total: total ?? null },
  );
  return kept === 1;
}

/** Ends the try as done. False when it has been taken over. */
export async function finishRun(
  knex: Knex,
  { id, attemptNo }: NightRun,
  { done, total, result }: { done: number; total: number | undefined; result: NightResult | undefined },
): Promise<boolean> {
  const finished = await execute(
    knex,
    `update nightly_runs set state = 'done', lease_until = null, due_at = null, ended_at = clock_timestamp(),
      rows_done = :done, rows_total = :total, result = :result::jsonb
    where id = :id and attempt_no = :attemptNo and state = 'running'`,
    { id, attemptNo, done, total: total ?? null, result: JSON.stringify(result ?? {}) },
  );
  return finished === 1;
}

/** Gives the step back, to be tried again after a time. */
export async function giveBackRun(
  knex: Knex,
  { id, attemptNo }: NightRun,
  { state, why, againAfterMs }: { state: 'waiting' | 'failed'; why: string; againAfterMs: number },
): Promise<void> {
  await execute(
    knex,
    `update nightly_runs set state = :state, lease_until = null, why = :why,
      due_at = clock_timestamp() + make_interval(secs => :again / 1000.0)
    where id = :id and attempt_no = :attemptNo and state = 'running'`,
    { id, attemptNo, state, why: why.slice(0, 200), again: againAfterMs },
  );
}
