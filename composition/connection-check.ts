import type { Knex } from 'knex';
import { rows, sqlState } from '../platform/database';
import { CONNECTIONS_EACH } from '../platform/queue';
import type { Log } from '../platform/logger';

/** How many connections PostgreSQL has for us. */
export interface FreeConnections {
  /** `max_connections`, less those that are kept for superusers. */
  most: number;
  free: number;
}

const TOO_MANY = '53300';

export async function readFreeConnections(knex: Knex): Promise<FreeConnections> {
  const [found] = await rows<FreeConnections>(
    knex,
    `select most, most - taken as free from (
       select (select sum(case name when 'max_connections' then setting::int else -setting::int end)
                 from pg_settings where name in
                   ('max_connections', 'superuser_reserved_connections', 'reserved_connections'))::int as most,
              (select count(*) from pg_stat_activity where backend_type = 'client backend')::int as taken) counted`,
  );
  return found!;
}

/** The most that a process opens: its pool, and with the queues in PostgreSQL a few for each of its queues. */
export function mostConnections(of: { pool: number; queuesInPostgres: boolean; workers: number }): number {
  const listening = 1;
  return of.pool + listening + (of.queuesInPostgres ? CONNECTIONS_EACH * (of.workers + 1) : 0);
}

/** Says at the start how many connections are free and how many this process may come to need. */
export async function tellConnections(deps: { knex: Knex; log: Log; needed: number }): Promise<void> {
  const { most, free } = await readFreeConnections(deps.knex);
  const fields = { needed: deps.needed, free, most };
  if (free >= deps.needed) deps.log.info(fields, 'database connections');
  else
    deps.log.warn(
      fields,
      'PostgreSQL may run out of connections: raise max_connections, or see docs/sizing.md',
    );
}

/** The error for one that the database gave because it has no connection free; any other as it is. */
export function connectionRefusal(error: unknown): unknown {
  if (sqlState(error) !== TOO_MANY) return error;
  return new Error(
    'PostgreSQL has no connection free (max_connections): raise it, or run fewer processes; docs/sizing.md ' +
      'says how many a process needs',
    { cause: error },
  );
}
