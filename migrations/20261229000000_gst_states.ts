import type { Knex } from 'knex';

// The states as GST numbers them: which of them have the UTGST Act in the place of an SGST Act, and which became part of
// another. The rows come from policies/.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table gst_states (
      code char(2) primary key,
      name text not null,
      is_union_territory boolean not null, -- without a legislature
      became char(2) references gst_states (code), -- the state of which it is part now
      source text not null,
      constraint gst_states_form check (code ~ '^[0-9]{2}$' and length(name) between 2 and 60),
      constraint gst_states_not_itself check (became <> code)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table gst_states');
}
