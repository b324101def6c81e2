import type { Knex } from 'knex';

// A process with another key than the rest would seal what nobody else can open, and find no row by its blind
// index. Each key leaves a keyed hash here, by which the next process knows whether it has the same one.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table key_fingerprints (
      name text primary key, -- encryption:<key id>, blind_index, cursor
      fingerprint bytea not null,
      first_seen_at timestamptz not null default now(),
      constraint key_fingerprints_name_form
        check (name in ('blind_index', 'cursor') or name ~ '^encryption:[A-Za-z0-9_-]{1,32}$'),
      constraint key_fingerprints_length check (length(fingerprint) = 16)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table key_fingerprints');
}
