import type { Knex } from 'knex';

/** Requests that are soon answered have seats too, so that one caller's do not stand before those of others. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table request_shares drop constraint request_shares_place_known;
    alter table request_shares add constraint request_shares_place_known
      check (place in ('requests', 'answers', 'waits', 'desk', 'lists'));
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    delete from request_shares where place = 'answers';
    alter table request_shares drop constraint request_shares_place_known;
    alter table request_shares add constraint request_shares_place_known
      check (place in ('requests', 'waits', 'desk', 'lists'));
  `);
}
