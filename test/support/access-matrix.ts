/** The routes that are declared, by name, and what the database holds: for tests of who may call what. */
import type { Knex } from 'knex';
import type { Route } from '../../api/registry/route';
import { rows } from '../../platform/database';
import { API_ROUTES, nameOf } from '../../scripts/attack/asks';

export {
  API_ROUTES,
  asksNaming,
  asksOf,
  kindsOf,
  nameOf,
  unknown,
  type Ask,
  type Things,
} from '../../scripts/attack/asks';

export const namedRoutes = (of: (route: Route) => boolean = () => true): [string, Route][] =>
  API_ROUTES.filter(of).map((route) => [nameOf(route), route]);

/** A digest of every table, without those that a refused request may write to. */
export async function contentsOf(knex: Knex, without: readonly string[]): Promise<Record<string, string>> {
  const tables = await rows<{ name: string }>(
    knex,
    `select format('%I', tablename) as name from pg_tables
     where schemaname = 'public' and tablename <> all(?::text[]) order by 1`,
    [without],
  );
  const digests = await Promise.all(
    tables.map(async ({ name }) => {
      const [found] = await rows<{ digest: string }>(
        knex,
        `select count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0)::text as digest from ${name} t`,
      );
      return [name, found!.digest];
    }),
  );
  return Object.fromEntries(digests) as Record<string, string>;
}
