import type { Knex } from 'knex';

// Which keys the database knew when a rotation began: it has made anew what was under them. A key that came later may
// be written with by any process, and what a keyed digest was made with cannot be seen.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table key_rotations add column known_keys text[] not null default '{}';
    create trigger key_rotations_known_keys_stay before update of known_keys on key_rotations for each row
      when (new.known_keys <> old.known_keys) execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger key_rotations_known_keys_stay on key_rotations;
    alter table key_rotations drop column known_keys;
  `);
}
