import fs from 'node:fs';
import path from 'node:path';
import type { Knex } from 'knex';

const POLICIES = path.join(__dirname, '..', 'policies');
const FILE = /^(\d{8}_[a-z0-9_]+)\.(?:ts|js)$/;

/** What a file of `policies/` exports: statements that insert rows. */
interface PolicyFile {
  sql: string;
}

/**
 * The mark in `policy_files` of a file that was applied and has lost rows, by the way back of a migration: what is left
 * of it stays, and the rest is inserted again. No column of its own, so that the way back of every migration can set it.
 */
const LOST = '-infinity';

/**
 * Applies the files of `policies/` that this database has not had, and those that have lost rows, in the order of their
 * names: each in a database transaction of its own. Two processes at once are safe: the second waits for the first at
 * the key of `policy_files`. Returns the names of those applied. Throws Error that names the file whose statements
 * failed.
 */
export async function applyPolicies(knex: Knex, dir = POLICIES): Promise<string[]> {
  const whole = new Set<string>(
    await knex('policy_files').whereRaw('applied_at > :lost', { lost: LOST }).pluck('name'),
  );
  const applied: string[] = [];
  for (const name of policyNames(dir)) {
    if (whole.has(name)) continue;
    if (await applyOnce(knex, name, sqlOf(dir, name))) applied.push(name);
  }
  return applied;
}

/** Names without the extension, so that sources and build agree. */
function policyNames(dir: string): string[] {
  return fs
    .readdirSync(dir)
    .flatMap((file) => FILE.exec(file)?.[1] ?? [])
    .toSorted();
}

const sqlOf = (dir: string, name: string): string => (require(path.join(dir, name)) as PolicyFile).sql;

async function applyOnce(knex: Knex, name: string, sql: string): Promise<boolean> {
  return knex.transaction(async (trx) => {
    const isNew =
      (await trx('policy_files').insert({ name }).onConflict('name').ignore().returning('name')).length > 0;
    const isAgain =
      !isNew &&
      (await trx('policy_files')
        .where({ name })
        .whereRaw('applied_at = :lost', { lost: LOST })
        .update({ applied_at: trx.fn.now() })) > 0;
    if (!isNew && !isAgain) return false;
    try {
      await trx.raw(escaped(isAgain ? keepingWhatIsThere(sql) : sql));
    } catch (error) {
      throw new Error(`policies/${name}: ${(error as Error).message}`, { cause: error });
    }
    return true;
  });
}

/** Knex would take a question mark for a value. */
const escaped = (sql: string): string => sql.replaceAll('?', '\\?');

/** Texts, comments, and the ends of statements, which stand in neither. */
const PARTS = /'(?:[^']|'')*'|--[^\n]*|;/g;

/** The same statements; what they insert and is there already stays as it is. */
export function keepingWhatIsThere(sql: string): string {
  return statementsOf(sql)
    .map((statement) =>
      /^\s*insert\b/i.test(withoutTexts(statement)) && !/\bon conflict\b/i.test(withoutTexts(statement))
        ? `${statement}\n on conflict do nothing`
        : statement,
    )
    .join(';\n');
}

function statementsOf(sql: string): string[] {
  const statements: string[] = [];
  let begin = 0;
  for (const { 0: part, index } of sql.matchAll(PARTS)) {
    if (part !== ';') continue;
    statements.push(sql.slice(begin, index));
    begin = index + 1;
  }
  return [...statements, sql.slice(begin)].filter((statement) => withoutTexts(statement).trim() !== '');
}

const withoutTexts = (sql: string): string => sql.replaceAll(PARTS, ' ');

/** How many rows the tables of policies have, by table; of a table that is not there, none. */
export interface PolicyRows {
  /** By file, the tables that it writes. */
  files: ReadonlyMap<string, readonly string[]>;
  counts: ReadonlyMap<string, number>;
}

/** Undefined where no file was ever applied. */
export async function countPolicyRows(knex: Knex, dir = POLICIES): Promise<PolicyRows | undefined> {
  if (!(await isThere(knex, 'policy_files'))) return undefined;
  const known = new Set<string>(await knex('policy_files').pluck('name'));
  const files = new Map(
    policyNames(dir)
      .filter((name) => known.has(name))
      .map((name) => [name, tablesOf(sqlOf(dir, name))]),
  );
  const counts = new Map<string, number>();
  for (const table of new Set([...files.values()].flat())) counts.set(table, await countOf(knex, table));
  return { files, counts };
}

/** After the way back of a migration: the files that write to a table which has fewer rows now are applied again. */
export async function markLostPolicies(knex: Knex, before: PolicyRows): Promise<void> {
  const lost = new Set<string>();
  for (const [table, count] of before.counts) if ((await countOf(knex, table)) < count) lost.add(table);
  const names = [...before.files].filter(([, tables]) => tables.some((table) => lost.has(table)));
  if (names.length === 0 || !(await isThere(knex, 'policy_files'))) return;
  await knex('policy_files')
    .whereIn(
      'name',
      names.map(([name]) => name),
    )
    .update({ applied_at: LOST });
}

function tablesOf(sql: string): string[] {
  const found = withoutTexts(sql).matchAll(/\b(?:insert\s+into|update)\s+([a-z_][a-z0-9_]*)/gi);
  return [...new Set([...found].map(([, table]) => table!))];
}

async function countOf(knex: Knex, table: string): Promise<number> {
  if (!(await isThere(knex, table))) return 0;
  const [row] = await knex(table).count<{ n: bigint }[]>({ n: '*' });
  return Number(row!.n);
}

async function isThere(knex: Knex, table: string): Promise<boolean> {
  const { rows } = await knex.raw<{ rows: { is: boolean }[] }>(
    'select to_regclass(:table) is not null as is',
    {
      table,
    },
  );
  return rows[0]!.is;
}
