import type { Knex } from 'knex';
import { rows } from './database';
import { createTurn, type Turn } from './turn';

/**
 * Rules that are rows, most of them in force from a business date. The tables are small: they are read whole
 * at process start and again every half minute, so a new row takes effect in every process within that time,
 * and questions are answered from memory. While the database is down, the last rows read stay in force.
 */
export interface InForce<Rows> {
  rows(): Rows;
  /** Reads the tables now. */
  refresh(): Promise<void>;
  close(): void;
}

/**
 * A table of rules: what is selected, under which names. `from`, where there is one, is the date as
 * `YYYY-MM-DD`.
 */
export interface RuleTable<Row> {
  readonly name: string;
  readonly columns: { readonly [Name in keyof Row]: string };
  /** Its rows differ between production and development. */
  readonly hasProfile?: boolean;
  readonly where?: string;
  /** Only a type: no table has it. */
  readonly row?: Row;
}
type AnyTable = Omit<RuleTable<object>, 'columns'> & { readonly columns: Readonly<Record<string, string>> };

export interface Dated {
  from: string;
}

export type RowsOf<Tables> = {
  readonly [Name in keyof Tables]: Tables[Name] extends { readonly row?: infer Row }
    ? readonly Exclude<Row, undefined>[]
    : never;
};

export interface InForceDependencies {
  knex: Knex;
  profile: string;
  /** Called when the tables could not be read again. */
  onError?(error: unknown): void;
  /** How often they are read, ms; half a minute where nothing is said. */
  everyMs?: number;
}

/** The column of the date, for `RuleTable.columns`. */
export const IN_FORCE_FROM = 'in_force_from::text';
const REFRESH_MS = 30_000;

export async function createInForce<Tables extends Record<string, AnyTable>>(
  deps: InForceDependencies,
  tables: Tables,
): Promise<InForce<RowsOf<Tables>>> {
  const read = async (): Promise<RowsOf<Tables>> =>
    turnOf(deps.knex)(async () => {
      const found: Record<string, object[]> = {};
      for (const [name, table] of Object.entries(tables)) found[name] = await readTable(deps, table);
      return found as unknown as RowsOf<Tables>;
    });
  let current = await read();
  const refresh = async (): Promise<void> => {
    current = await read();
  };
  const timer = setInterval(() => {
    refresh().catch((error: unknown) => deps.onError?.(error));
  }, deps.everyMs ?? REFRESH_MS);
  timer.unref();
  return { rows: () => current, refresh, close: () => clearInterval(timer) };
}

const turns = new WeakMap<Knex, Turn>();

/** Those who read in the background take turns: together they would open a connection for each table. */
function turnOf(knex: Knex): Turn {
  const turn = turns.get(knex) ?? createTurn();
  turns.set(knex, turn);
  return turn;
}

async function readTable({ knex, profile }: InForceDependencies, table: AnyTable): Promise<object[]> {
  const selected = Object.entries(table.columns).map(([name, column]) => `${column} as "${name}"`);
  const conditions = [
    ...(table.hasProfile === true ? ['profile = ?'] : []),
    ...(table.where === undefined ? [] : [table.where]),
  ];
  const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`;
  return rows<object>(
    knex,
    `select ${selected.join(', ')} from ${table.name}${where}`,
    table.hasProfile === true ? [profile] : [],
  );
}

/** The row in force on a business date: the one with the latest begin that is not after it. */
export function inForceOn<Row extends Dated>(candidates: readonly Row[], date: string): Row | undefined {
  let best: Row | undefined;
  for (const row of candidates)
    if (row.from <= date && (best === undefined || row.from > best.from)) best = row;
  return best;
}
