import type { Knex } from 'knex';
import { execute, rows, sqlState } from '../../platform/database';

/**
 * Which database is this? A row notes the cluster's system identifier and the database's oid. A database that
 * was restored from a dump, or copied, has other values than its own row says; then nothing may work in it
 * until somebody has said whether anything was lost. A restore of the whole cluster's files (base backup and
 * WAL) keeps both values and is not noticed: `restore begin` is a step of its runbook.
 */
export type IdentityVerdict = 'same' | 'noted' | 'differs' | 'unknown';

interface Identity {
  systemIdentifier: string;
  databaseOid: bigint;
}

const NOT_PERMITTED = '42501';
const NO_SUCH_FUNCTION = '42883';

/** Undefined where this server or its roles do not say. */
async function readIdentity(db: Knex | Knex.Transaction): Promise<Identity | undefined> {
  try {
    const [found] = await rows<Identity>(
      db,
      `
      select (select system_identifier::text from pg_control_system()) as "systemIdentifier",
        d.oid::int8 as "databaseOid"
      from pg_database d where d.datname = current_database()`,
    );
    return found;
  } catch (error) {
    const state = sqlState(error);
    if (state === NOT_PERMITTED || state === NO_SUCH_FUNCTION) return undefined;
    throw error;
  }
}

/** Compares this database with its row, and writes the row where there is none. */
export async function checkIdentity(knex: Knex, now: Date): Promise<IdentityVerdict> {
  const here = await readIdentity(knex);
  if (here === undefined) return 'unknown';
  const noted = await readNoted(knex);
  if (noted !== undefined) return isSame(noted, here) ? 'same' : 'differs';
  await execute(
    knex,
    `
    insert into database_identity (system_identifier, database_oid, noted_at)
    values (:systemIdentifier, :databaseOid, :now) on conflict do nothing`,
    { ...here, now },
  );
  return 'noted';
}

async function readNoted(knex: Knex): Promise<Identity | undefined> {
  const [noted] = await rows<Identity>(
    knex,
    'select system_identifier as "systemIdentifier", database_oid as "databaseOid" from database_identity',
  );
  return noted;
}

function isSame(a: Identity, b: Identity): boolean {
  return a.systemIdentifier === b.systemIdentifier && a.databaseOid === b.databaseOid;
}

/** Said to operators by `/readyz`, in the log and by `npm start`. */
export const DATABASE_DIFFERS =
  'this database is a copy or was restored: npm run restore -- begin --point <time>, or, if nothing was lost, ' +
  'npm run restore -- none --reason <why>';

/** Notes that this database is the one to work in from now on. Needs the decision of a person. */
export async function acceptIdentity(trx: Knex.Transaction, now: Date): Promise<void> {
  const here = await readIdentity(trx);
  if (here === undefined) return;
  await execute(
    trx,
    `
    insert into database_identity (system_identifier, database_oid, noted_at)
    values (:systemIdentifier, :databaseOid, :now)
    on conflict (is_only) do update set system_identifier = excluded.system_identifier,
      database_oid = excluded.database_oid, noted_at = excluded.noted_at`,
    { ...here, now },
  );
}
