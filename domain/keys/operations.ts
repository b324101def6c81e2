import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { forgetKey, listKeys } from '../../platform/key-fingerprints';
import { insertAll, insertOne, int8, table, text } from '../../platform/sql';
import type { Access } from '../access/access';
import type { Person } from '../approvals/approvals';
import { recordAudit } from '../audit/audit';
import { DomainError } from '../errors/errors';
import { KEY_ERRORS } from './errors';
import { readUses, type KeyUse } from './uses';
import type { KeyedTable } from './tables';

/** What people do about keys: it needs no key, only the database. */
export interface KeyOperations {
  /**
   * Begins a rotation, which the maintenance processes carry out; the open one, when there is one already.
   * Throws DomainError OPS_ROLE_MISSING.
   */
  begin(given: { reason: string; by: Person }): Promise<RotationStatus>;
  /** The latest rotation; undefined before the first. */
  status(): Promise<RotationStatus | undefined>;
  /** What still needs each key that the database was used with. Reads every sealed table. */
  check(): Promise<KeyUse[]>;
  /**
   * Forgets a key that nothing needs any more: processes do without it from now on. Throws DomainError
   * KEY_STILL_NEEDED, KEY_UNKNOWN, OPS_ROLE_MISSING.
   */
  forget(key: string, given: { reason: string; by: Person }): Promise<void>;
}

export interface RotationStatus {
  id: string;
  begunAt: Date;
  finishedAt: Date | null;
  /** The key that everything is sealed with at the end; null until a process has begun to work. */
  encryptionKey: string | null;
  /** The last pass finds nothing to do. */
  pass: number;
  tables: {
    table: string;
    /** An estimate. */
    about: number;
    seen: number;
    renewed: number;
    unopened: number;
  }[];
}

interface Dependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  access: Access;
  tables: ReadonlyMap<string, KeyedTable>;
}

export function createKeyOperations(deps: Dependencies): KeyOperations {
  const { knex } = deps;
  return {
    async begin(given) {
      await deps.access.require(given.by, 'encryption.write');
      await knex.transaction((trx) => begin(trx, deps, given));
      return (await readStatus(knex))!;
    },
    status: () => readStatus(knex),
    check: () => readUses(deps),
    async forget(key, { reason, by }) {
      await deps.access.require(by, 'encryption.write');
      // With another cursor key callers only begin the pages again that they were reading.
      const use = key === 'cursor' ? CURSOR : (await readUses(deps)).find((one) => one.key === key);
      if (use?.keptAs === undefined)
        throw new DomainError(KEY_ERRORS.KEY_UNKNOWN, { detail: 'munim keys check lists the keys' });
      if (use.neededFor !== undefined)
        throw new DomainError(KEY_ERRORS.KEY_STILL_NEEDED, { detail: use.neededFor });
      await knex.transaction(async (trx) => {
        await forgetKey(trx, use.keptAs!);
        await recordAudit(trx, {
          at: deps.clock.now(),
          actor: by.userId,
          action: 'keys.forget',
          subject: `key:${key}`,
          outcome: 'succeeded',
          detail: { reason },
        });
      });
    },
  };
}

const CURSOR = { keptAs: 'cursor', neededFor: undefined };

const TABLES = table<{ table: string; about: bigint }>('key_rotation_tables', {
  table_name: text((t) => t.table),
  rows_about: int8((t) => t.about),
});

async function begin(
  trx: Knex.Transaction,
  { clock, ids, tables }: Dependencies,
  { reason, by }: { reason: string; by: Person },
): Promise<void> {
  const now = clock.now();
  const id = ids.uuid();
  const known = await listKeys(trx);
  const begun = await insertOne(
    trx,
    'key_rotations',
    { id, reason, begun_at: now, begun_by: by.userId, known_keys: known.map(({ name }) => name) },
    'on conflict do nothing',
  );
  if (begun === 0) return;
  const estimates = await rows<{ table: string; about: bigint }>(
    trx,
    `
    select c.relname as "table", greatest(0, c.reltuples)::int8 as about from pg_class c
    where c.relname = any(?::text[]) and c.relnamespace = 'public'::regnamespace`,
    [[...tables.keys()]],
  );
  await insertAll(trx, TABLES, estimates, { rotation_id: id });
  await recordAudit(trx, {
    at: now,
    actor: by.userId,
    action: 'keys.rotate',
    subject: `key_rotation:${id}`,
    outcome: 'succeeded',
    detail: { reason },
  });
}

async function readStatus(knex: Knex): Promise<RotationStatus | undefined> {
  const [rotation] = await rows<Omit<RotationStatus, 'tables'>>(
    knex,
    `
    select id, begun_at as "begunAt", finished_at as "finishedAt", encryption_key as "encryptionKey", pass
    from key_rotations order by finished_at is null desc, begun_at desc limit 1`,
  );
  if (rotation === undefined) return undefined;
  const tables = await rows<RotationStatus['tables'][number]>(
    knex,
    `
    select table_name as "table", greatest(rows_about, rows_seen)::float8 as about, rows_seen::float8 as seen,
      rows_renewed::float8 as renewed, rows_unopened::float8 as unopened
    from key_rotation_tables where rotation_id = ? order by table_name`,
    [rotation.id],
  );
  return { ...rotation, tables };
}
