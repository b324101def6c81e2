import type { Knex } from 'knex';

// UTRs of settlements that were kept before UTRs had one form: what the bank says now is compared with them too.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(String.raw`
    create index settlement_endings_other_forms on settlement_endings (utr)
      where utr !~ '^(\d{12}|[A-Z]{4}[A-Z0-9]\d{8,17})$'
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index settlement_endings_other_forms');
}
