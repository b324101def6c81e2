import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { createSingleFlight } from '../../platform/single-flight';
import type { Permission } from './permissions';

/**
 * What each role may do, and whose things it reaches: those of its holder (`own`), of its holder and everybody below
 * (`subtree`), or everybody's (`all`; roles of staff alone).
 */
export type Reach = 'own' | 'subtree' | 'all';
export type Grants = ReadonlyMap<string, ReadonlyMap<Permission, Reach>>;

export interface GrantReader {
  /** At once where they were read a moment ago. Throws what the database throws when there are none yet. */
  grants(): Grants | Promise<Grants>;
}

/** The longest that a change of a role may go unnoticed where requests come all the time, ms. */
const FRESH_MS = 1_000;
const USABLE_MS = 2 * FRESH_MS;

interface GrantDependencies {
  knex: Knex;
  /** Monotonic, ms; for tests. */
  nowMs?: () => number;
  onError?: (error: unknown) => void;
}

/** Reads them each time: for people, who wait for a page anyway. */
export function createFreshGrants({ knex }: GrantDependencies): GrantReader {
  return { grants: () => readGrants(knex) };
}

/**
 * Keeps them for a second, and reads them anew beside the requests, so that none of a steady stream waits. After a
 * silence the first one does: nobody is judged by rows that are older than two seconds.
 */
export function createKeptGrants({
  knex,
  nowMs = () => performance.now(),
  onError,
}: GrantDependencies): GrantReader {
  const once = createSingleFlight();
  let kept: { grants: Grants; atMs: number } | undefined;
  const read = (): Promise<Grants> =>
    once('read', async () => {
      const atMs = nowMs();
      const grants = await readGrants(knex);
      kept = { grants, atMs };
      return grants;
    });
  return {
    grants() {
      if (kept === undefined) return read();
      const ageMs = nowMs() - kept.atMs;
      if (ageMs >= USABLE_MS) return read();
      if (ageMs >= FRESH_MS) read().catch((error: unknown) => onError?.(error));
      return kept.grants;
    },
  };
}

async function readGrants(knex: Knex): Promise<Grants> {
  const found = await rows<{ role: string; permission: Permission; reach: Reach }>(
    knex,
    'select role, permission, reach from role_permissions',
  );
  const grants = new Map<string, Map<Permission, Reach>>();
  for (const { role, permission, reach } of found) {
    const ofRole = grants.get(role) ?? new Map<Permission, Reach>();
    grants.set(role, ofRole.set(permission, reach));
  }
  return grants;
}
