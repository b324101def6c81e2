import type { Knex } from 'knex';

// Transactions of before get what they are found by, some thousand at a time and each in a transaction of its own:
// work goes on meanwhile. One that broke off goes on where it was. Then the rules are checked of all rows, without a
// lock that others wait for.
export const config = { transaction: false };

const STEP = 2_000;
const ENDED = "'succeeded', 'failed', 'reversed', 'refunded'";

const RULES: Readonly<Record<string, string>> = {
  transactions_ended_as_its_state: `ended_as is not distinct from case when state in (${ENDED}) then state end`,
  transactions_due_is_found: 'due_at is null or coalesce(due_from <= due_at, false)',
  transactions_poll_is_found: 'next_poll_at is null or coalesce(poll_from <= next_poll_at, false)',
};

export async function up(knex: Knex): Promise<void> {
  let after: string | null = '00000000-0000-0000-0000-000000000000';
  while (after !== null) {
    // the trigger writes what belongs there
    const done: { rows: { last: string | null }[] } = await knex.raw(
      `with chosen as (select id from transactions where id > ? order by id limit ${STEP} for no key update),
      found as (update transactions t set ended_as = null from chosen
        where t.id = chosen.id and not (${Object.values(RULES).join(') is true or not (')}) is true)
      select id as last from chosen order by id desc limit 1`,
      [after],
    );
    after = done.rows[0]?.last ?? null;
  }
  for (const [name, rule] of Object.entries(RULES)) {
    await knex.raw(`alter table transactions drop constraint if exists ${name}`); // one that broke off is left behind
    await knex.raw(`alter table transactions add constraint ${name} check (${rule}) not valid`);
    await knex.raw(`alter table transactions validate constraint ${name}`);
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const name of Object.keys(RULES))
    await knex.raw(`alter table transactions drop constraint if exists ${name}`);
}
