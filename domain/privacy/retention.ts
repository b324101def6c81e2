import type { Knex } from 'knex';
import { addMs, businessDate, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { insertOne } from '../../platform/sql';
import { PARTS, type Part } from './parts';

/** Erases what is past its time, by the rows of `retention_rules`. */
export interface Retention {
  /** What a run would do now, each part, and nothing is done. */
  plan(): Promise<PlannedPart[]>;
  /**
   * One step: up to `limit` rows of each part that is past its time, each part in a database transaction of its own, with
   * a row of `retention_steps`. Returns how many of each were erased. Safe in several processes at once.
   */
  step(limit: number): Promise<ErasedPart[]>;
}

export interface PlannedPart {
  what: string;
  means: string;
  /** Null: on legal hold, or no rule is in force. */
  keepDays: number | null;
  isOnHold: boolean;
  source: string | null;
  /** What was over before this goes. */
  before: Date | null;
  /** How many rows go, counted up to `COUNTED`. */
  due: number;
}

export interface ErasedPart {
  what: string;
  erased: number;
}

export interface RetentionRule {
  what: string;
  keepDays: number | null;
  onRequest: boolean;
  source: string;
}

export const COUNTED = 100_000;
const DAY_MS = 86_400_000;
/** For clocks that differ: the database compares with its own. */
const MARGIN_MS = 60_000;

export function createRetention(deps: { knex: Knex; clock: Clock; ids: Ids }): Retention {
  const { knex, clock } = deps;
  return {
    async plan() {
      const rules = await rulesOn(knex, clock.now());
      const planned: PlannedPart[] = [];
      for (const part of PARTS) {
        const rule = rules.get(part.what);
        const before = cutoffOf(rule, clock.now());
        planned.push({
          what: part.what,
          means: part.means,
          keepDays: rule?.keepDays ?? null,
          isOnHold: rule?.keepDays === null,
          source: rule?.source ?? null,
          before,
          due: before === null ? 0 : await countDue(knex, part, before),
        });
      }
      return planned;
    },
    async step(limit) {
      const rules = await rulesOn(knex, clock.now());
      const done: ErasedPart[] = [];
      for (const part of PARTS) {
        const before = cutoffOf(rules.get(part.what), clock.now());
        if (before === null || part.over === undefined || part.erase === undefined) continue;
        const erased = await knex.transaction((trx) => eraseDue(trx, deps, part, { before, limit }));
        if (erased > 0) done.push({ what: part.what, erased });
      }
      return done;
    },
  };
}

/** Those in force on that day in India, by what they are about. */
export async function rulesOn(
  db: Knex | Knex.Transaction,
  at: Date,
): Promise<ReadonlyMap<string, RetentionRule>> {
  const found = await rows<RetentionRule>(
    db,
    `select distinct on (what) what, keep_days as "keepDays", on_request as "onRequest", source
     from retention_rules where in_force_from <= :day order by what, in_force_from desc`,
    { day: businessDate(at) },
  );
  return new Map(found.map((rule) => [rule.what, rule]));
}

function cutoffOf(rule: RetentionRule | undefined, now: Date): Date | null {
  return rule === undefined || rule.keepDays === null
    ? null
    : addMs(now, -rule.keepDays * DAY_MS - MARGIN_MS);
}

async function countDue(knex: Knex, { over }: Part, before: Date): Promise<number> {
  if (over === undefined) return 0;
  const unlocked = over.replace(/for update( of \w+)? skip locked/, '');
  const [found] = await rows<{ n: number }>(knex, `select count(*)::int4 as n from (${unlocked}) due`, {
    before,
    limit: COUNTED,
  });
  return found!.n;
}

async function eraseDue(
  trx: Knex.Transaction,
  { clock, ids }: { clock: Clock; ids: Ids },
  { what, over, erase }: Part,
  { before, limit }: { before: Date; limit: number },
): Promise<number> {
  const [due] = await rows<{ ids: string[] | null }>(
    trx,
    `select array_agg(id) as ids from (${over!}) as due`,
    { before, limit },
  );
  const found = due?.ids ?? [];
  if (found.length === 0) return 0;
  await execute(trx, `with due as (select unnest(:ids::uuid[]) as id)${withoutWith(erase!)}`, { ids: found });
  await insertOne(trx, 'retention_steps', {
    id: ids.uuid(),
    what,
    before,
    erased: found.length,
    at: clock.now(),
  });
  return found.length;
}

/** An erasure of two tables goes on with the names that begin the statement. */
const withoutWith = (erase: string): string => (erase.startsWith(',') ? erase : ` ${erase}`);
