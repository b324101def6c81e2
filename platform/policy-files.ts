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
 * Applies the files of `policies/` that this database has not had, in the order of their names: each once, in a
 * database transaction of its own. Two processes at once are safe: the second waits for the first at the key of
 * `policy_files`. Returns the names of those applied. Throws Error that names the file whose statements failed.
 */
export async function applyPolicies(knex: Knex, dir = POLICIES): Promise<string[]> {
  const known = new Set<string>(await knex('policy_files').pluck('name'));
  const applied: string[] = [];
  for (const name of policyNames(dir)) {
    if (known.has(name)) continue;
    const { sql } = require(path.join(dir, name)) as PolicyFile;
    if (await applyOnce(knex, name, sql)) applied.push(name);
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

async function applyOnce(knex: Knex, name: string, sql: string): Promise<boolean> {
  return knex.transaction(async (trx) => {
    const recorded: unknown[] = await trx('policy_files')
      .insert({ name })
      .onConflict('name')
      .ignore()
      .returning('name');
    if (recorded.length === 0) return false;
    try {
      await trx.raw(sql.replaceAll('?', '\\?')); // knex would take a question mark for a value
    } catch (error) {
      throw new Error(`policies/${name}: ${(error as Error).message}`, { cause: error });
    }
    return true;
  });
}
