import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import type { ReportForm, ReportParameters } from './report';

/** What is written of reports while they are made. Leases and due times go by the clock of the database. */

/** A lease that is not renewed for so long is over: whoever held it is dead, or will find it gone. */
const LEASE_S = 20;
/** So long after it was queued a report that nobody has begun is queued again. */
const REQUEUE_S = 30;
/** A report that fails so often is given up. */
export const MOST_TRIES = 5;

export interface ReportRun {
  id: string;
  name: string;
  parameters: ReportParameters;
  form: ReportForm;
  askedAt: Date;
  /** Counts the tries; a try writes only while its number is the last. */
  attemptNo: number;
  /** What a try before this one may have put into the storage. */
  oldPieces: number;
  oldAttemptNo: number;
}

const IS_FREE = `state in ('waiting', 'running') and (lease_until is null or lease_until < clock_timestamp())`;

const CLAIM = `
  with ready as (
    select id from reports where due_at <= clock_timestamp() and ${IS_FREE}
    order by due_at limit 20 for no key update skip locked)
  update reports t set drive_no = t.drive_no + 1, due_at = clock_timestamp() + interval '${REQUEUE_S} seconds'
  from ready where t.id = ready.id returning t.id, t.drive_no as "driveNo"`;

/** Takes the reports that can be made now; they are queued by the caller, and taken again when that comes to nothing. */
export const claimReports = (knex: Knex): Promise<{ id: string; driveNo: number }[]> =>
  rows<{ id: string; driveNo: number }>(knex, CLAIM);

const BEGIN = `
  update reports set state = 'running', attempt_no = attempt_no + 1, rows_done = 0, rows_total = null, why = null,
    lease_until = clock_timestamp() + interval '${LEASE_S} seconds'
  where id = ? and ${IS_FREE}
  returning id, name, parameters, form, asked_at as "askedAt", attempt_no as "attemptNo", pieces as "oldPieces",
    pieces_attempt_no as "oldAttemptNo"`;

/** Undefined when it is made, or when somebody else makes it just now. */
export async function beginReport(knex: Knex, id: string): Promise<ReportRun | undefined> {
  const [run] = await rows<ReportRun>(knex, BEGIN, [id]);
  return run;
}

type Try = Pick<ReportRun, 'id' | 'attemptNo'>;
const MINE = `id = :id and attempt_no = :attemptNo and state = 'running'`;

/** Says how far it is, and that somebody still makes it. False when it has been taken over. */
export async function keepReport(
  knex: Knex,
  { id, attemptNo }: Try,
  { done, total }: { done: number; total: number | undefined },
): Promise<boolean> {
  const kept = await execute(
    knex,
    `update reports set lease_until = clock_timestamp() + interval '${LEASE_S} seconds', rows_done = :done,
      rows_total = :total where ${MINE}`,
    { id, attemptNo, done, total: total ?? null },
  );
  return kept === 1;
}

/** Before anything is put into the storage it is written how much, so that a try after this one can take it away. */
export async function notePieces(knex: Knex, { id, attemptNo }: Try, pieces: number): Promise<boolean> {
  const noted = await execute(
    knex,
    `update reports set pieces = :pieces, pieces_attempt_no = :attemptNo where ${MINE}`,
    { id, attemptNo, pieces },
  );
  return noted === 1;
}

export interface MadeFile {
  rows: number;
  bytes: number;
  sha256: Buffer;
  keySealed: string;
  at: Date;
  expiresAt: Date;
}

/** False when it has been taken over. */
export async function finishReport(knex: Knex, { id, attemptNo }: Try, file: MadeFile): Promise<boolean> {
  const finished = await execute(
    knex,
    `update reports set state = 'done', lease_until = null, due_at = null, rows_done = :rows, rows_total = :rows,
      bytes = :bytes, sha256 = :sha256, key_sealed = :keySealed, done_at = :at, expires_at = :expiresAt
    where ${MINE}`,
    { id, attemptNo, ...file },
  );
  return finished === 1;
}

/** Gives it back, to be tried again after a time, or gives it up. */
export async function giveBackReport(
  knex: Knex,
  { id, attemptNo }: Try,
  { why, againAfterMs, at }: { why: string; againAfterMs: number | undefined; at: Date },
): Promise<void> {
  await execute(
    knex,
    `update reports set state = case when :again::float8 is null then 'failed' else 'waiting' end, lease_until = null,
      why = :why, due_at = clock_timestamp() + make_interval(secs => :again::float8 / 1000.0),
      done_at = case when :again::float8 is null then :at::timestamptz end
    where ${MINE}`,
    { id, attemptNo, why: why.slice(0, 200), again: againAfterMs ?? null, at },
  );
}
