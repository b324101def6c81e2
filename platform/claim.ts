import type { Knex } from 'knex';
import { execute, rows } from './database';

/**
 * Rows whose time has come, and what taking them writes. All parts are SQL; values are named (`:now`),
 * `:limit` always.
 */
export interface Claim {
  table: string;
  /** The column by which a row is taken; `id` where nothing is said. */
  key?: string;
  /** The condition for due rows, served by a partial index. */
  due: string;
  /** The order in which due rows are claimed. */
  orderBy: string;
  /** Assignments that make the row not due again at once. The row is `t`. */
  set: string;
  /** A table that `set` and `returning` read too, and how its row is found. */
  beside?: { table: string; on: string };
  returning: string;
}

/**
 * Takes up to `limit` due rows in one statement. Rows that another process is taking are skipped (SKIP
 * LOCKED), so any number of processes may claim at once and each row goes to one of them.
 */
export function claimDue<Row>(
  db: Knex | Knex.Transaction,
  claim: Claim,
  values: Readonly<Record<string, unknown>> & { limit: number },
): Promise<Row[]> {
  let text = texts.get(claim);
  if (text === undefined) {
    text = textOf(claim);
    texts.set(claim, text);
  }
  return rows<Row>(db, text, values);
}

const texts = new WeakMap<Claim, string>();

function textOf({ table, key = 'id', due, orderBy, set, beside, returning }: Claim): string {
  return `
    with due as (
      select ${key} as due_key from ${table} where ${due} order by ${orderBy} limit :limit for no key update skip locked)
    update ${table} t set ${set}
    from due${beside === undefined ? '' : `, ${beside.table}`}
    where t.${key} = due.due_key${beside === undefined ? '' : ` and ${beside.on}`}
    returning ${returning}`;
}

/** Rows that are over. All parts are SQL; values are named, `:limit` always. */
export interface Outdated {
  table: string;
  key: string;
  /** The condition for rows that are over, served by an index. */
  over: string;
  /** The order in which they go. */
  orderBy: string;
}

/** Deletes up to `limit` rows that are over, beside any number of processes that do the same; returns how many. */
export function deleteOver(
  db: Knex | Knex.Transaction,
  { table, key, over, orderBy }: Outdated,
  values: Readonly<Record<string, unknown>> & { limit: number },
): Promise<number> {
  return execute(
    db,
    `delete from ${table} where ${key} in (
      select ${key} from ${table} where ${over} order by ${orderBy} limit :limit for update skip locked)`,
    values,
  );
}
