import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { insertOne } from '../../platform/sql';

/**
 * The rows of a table go out in ranges of its key, one to a process at a time. A range whose process died is
 * given to another when its time is over; doing one twice changes nothing.
 */
export interface Range {
  id: string;
  rotationId: string;
  table: string;
  /** Null: from the first row. */
  after: string | null;
  upTo: string;
  /** How many rows it had when it was handed out. */
  rows: number;
  /** It is ours until then. */
  claimedUntil: Date;
}

export interface RangeDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  /** Few enough that their locks are held for some milliseconds. */
  rowsOfARange?: number;
}

/** Many times what a range takes. */
const CLAIMED_MS = 60_000;
const ROWS_OF_A_RANGE = 500;

/** The next range to work on; undefined when all are done or with other processes. */
export async function claimRange(
  deps: RangeDependencies,
  rotationId: string,
  keyOf: (table: string) => string | undefined,
): Promise<Range | undefined> {
  const now = deps.clock.now();
  const until = addMs(now, CLAIMED_MS);
  const [abandoned] = await rows<Range>(
    deps.knex,
    `
    update key_rotation_ranges r set claimed_until = :until
    where r.id = (select id from key_rotation_ranges where rotation_id = :rotationId and claimed_until <= :now
      order by id limit 1 for update skip locked)
    returning r.id, r.rotation_id as "rotationId", r.table_name as "table", r.after_key as after,
      r.up_to_key as "upTo", r.rows_in_it as rows, r.claimed_until as "claimedUntil"`,
    { rotationId, now, until },
  );
  if (abandoned !== undefined) return abandoned;
  for (;;) {
    const handed = await deps.knex.transaction((trx) => handOut(trx, deps, { rotationId, keyOf, until }));
    if (handed !== 'end of a table') return handed;
  }
}

interface HandOut {
  rotationId: string;
  keyOf: (table: string) => string | undefined;
  until: Date;
}

/** The lock of the table's row makes processes take turns here, for the length of two short statements. */
async function handOut(
  trx: Knex.Transaction,
  { ids, rowsOfARange = ROWS_OF_A_RANGE }: RangeDependencies,
  { rotationId, keyOf, until }: HandOut,
): Promise<Range | 'end of a table' | undefined> {
  const [next] = await rows<{ table: string; after: string | null }>(
    trx,
    `
    select table_name as "table", handed_out_to as after from key_rotation_tables
    where rotation_id = ? and not is_handed_out order by table_name limit 1 for update`,
    [rotationId],
  );
  if (next === undefined) return undefined;
  const { table, after } = next;
  const key = keyOf(table);
  const part = key === undefined ? undefined : await nextPart(trx, { table, key, after, most: rowsOfARange });
  if (part === undefined) {
    await execute(
      trx,
      'update key_rotation_tables set is_handed_out = true where rotation_id = ? and table_name = ?',
      [rotationId, table],
    );
    return 'end of a table';
  }
  const range: Range = { id: ids.uuid(), rotationId, table, after, ...part, claimedUntil: until };
  await insertOne(trx, 'key_rotation_ranges', {
    id: range.id,
    rotation_id: rotationId,
    table_name: table,
    after_key: after,
    up_to_key: range.upTo,
    rows_in_it: range.rows,
    claimed_until: until,
  });
  await execute(
    trx,
    'update key_rotation_tables set handed_out_to = ? where rotation_id = ? and table_name = ?',
    [range.upTo, rotationId, table],
  );
  return range;
}

async function nextPart(
  trx: Knex.Transaction,
  { table, key, after, most }: { table: string; key: string; after: string | null; most: number },
): Promise<{ upTo: string; rows: number } | undefined> {
  const [part] = await rows<{ upTo: string | null; rows: number }>(
    trx,
    `
    select max(part.key::text) as "upTo", count(*)::int4 as rows
    from (select ${key} as key from ${table} ${after === null ? '' : `where ${key} > :after`}
      order by ${key} limit :most) as part`,
    after === null ? { most } : { after, most },
  );
  return part === undefined || part.upTo === null ? undefined : { upTo: part.upTo, rows: part.rows };
}

/**
 * Ends a range in the database transaction that did its work. Where it was taken from us meanwhile, what we renewed
 * counts all the same: whoever has it now finds it done.
 */
export async function endRange(
  trx: Knex.Transaction,
  range: Range,
  { renewed, unopened }: { renewed: number; unopened: number },
): Promise<void> {
  const isOurs =
    (await execute(trx, 'delete from key_rotation_ranges where id = ? and claimed_until = ?', [
      range.id,
      range.claimedUntil,
    ])) === 1;
  await count(
    trx,
    range,
    isOurs ? { seen: range.rows, renewed, unopened } : { seen: 0, renewed, unopened: 0 },
  );
}

/** Some of its rows were locked by others: it is handed out again a little later. */
export async function putOffRange(
  trx: Knex.Transaction,
  range: Range,
  { renewed, until }: { renewed: number; until: Date },
): Promise<void> {
  await execute(trx, 'update key_rotation_ranges set claimed_until = ? where id = ? and claimed_until = ?', [
    until,
    range.id,
    range.claimedUntil,
  ]);
  await count(trx, range, { seen: 0, renewed, unopened: 0 });
}

async function count(
  trx: Knex.Transaction,
  { rotationId, table }: Range,
  counts: { seen: number; renewed: number; unopened: number },
): Promise<void> {
  await execute(
    trx,
    `update key_rotation_tables set rows_seen = rows_seen + :seen, rows_renewed = rows_renewed + :renewed,
      renewed_in_pass = renewed_in_pass + :renewed, rows_unopened = rows_unopened + :unopened
     where rotation_id = :rotationId and table_name = :table`,
    { rotationId, table, ...counts },
  );
}

/**
 * When every range is done: begins another pass, unless the last one found nothing to do. Then the rotation is
 * finished, and true.
 */
export function endPass({ knex, clock }: RangeDependencies, rotationId: string): Promise<boolean> {
  return knex.transaction(async (trx) => {
    const [open] = await rows<{ id: string }>(
      trx,
      'select id from key_rotations where id = ? and finished_at is null for update',
      [rotationId],
    );
    if (open === undefined) return false;
    // A separate statement after the lock, so that it sees what another process did at the end of the same pass.
    const [left] = await rows<{ renewed: string; working: string }>(
      trx,
      `
      select (select sum(renewed_in_pass) from key_rotation_tables where rotation_id = :id)::text as renewed,
        ((select count(*) from key_rotation_tables where rotation_id = :id and not is_handed_out)
          + (select count(*) from key_rotation_ranges where rotation_id = :id))::text as working`,
      { id: rotationId },
    );
    if (left!.working !== '0') return false;
    if (left!.renewed === '0') {
      await execute(trx, 'update key_rotations set finished_at = ? where id = ?', [clock.now(), rotationId]);
      return true;
    }
    await execute(trx, 'update key_rotations set pass = pass + 1 where id = ?', [rotationId]);
    await execute(
      trx,
      `update key_rotation_tables set handed_out_to = null, is_handed_out = false, rows_seen = 0,
        renewed_in_pass = 0, rows_unopened = 0 where rotation_id = ?`,
      [rotationId],
    );
    return false;
  });
}
