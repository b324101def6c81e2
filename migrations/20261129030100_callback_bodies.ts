import type { Knex } from 'knex';

// One callback is one row, under however many event ids it is sent.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table callbacks
      -- keyed hash of the raw bytes; none of a forged one, which must not take a real one's place, nor of one
      -- that was stored before there were hashes
      add column body_digest bytea,
      add constraint callbacks_body_digest_is_hmac check (octet_length(body_digest) = 32),
      add constraint callbacks_forged_has_no_digest check (verdict <> 'forged' or body_digest is null);
    create unique index callbacks_body_unique on callbacks (provider, body_digest) where body_digest is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table callbacks drop column body_digest cascade');
}
