import type { Knex } from 'knex';

/** What the seed hands out for development. */
export interface Seeded { apiKey: string; opsEmail: string; opsPassword: string }

/** Fills a development database. `env` is the environment of a process, with the keys that encrypt its fields. */
export async function seed(_knex: Knex, _env: Record<string, string>): Promise<Seeded> {
  return { apiKey: '', opsEmail: '', opsPassword: '' };
}
