import type { Knex } from 'knex';

/** What the database itself compares with the present, or writes it: how long a row is kept, since when it is so. */
const FUNCTIONS = [
  'api_log_keep_days()',
  'api_calls_kept()',
  'user_sessions_kept()',
  'kyc_documents_kept()',
  'users_placed()',
  'users_moved()',
  'users_begin_with_services()',
];
const TODAY = `(business_now() at time zone 'Asia/Kolkata')::date`;

// The clock of the business can be moved on in development and in a rehearsal. What the database judges by the time
// goes with it: otherwise a row whose time is over for every process is not yet over for the trigger that guards it.
// In production there is no row of test_clock, and both are the same.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create function business_now() returns timestamptz language sql stable as
      $$ select now() + make_interval(secs => coalesce((select ahead_ms from test_clock), 0) / 1000.0) $$;
  `);
  await rewrite(knex, [
    ['now()', 'business_now()'],
    ['current_date', TODAY],
  ]);
}

export async function down(knex: Knex): Promise<void> {
  await rewrite(knex, [
    [`active', business_now(), ${TODAY}`, `active', now(), current_date`],
    ['business_now()', 'now()'],
  ]);
  await knex.raw('drop function business_now()');
}

/** Writes the functions anew with other words in them; rights and owners stay. */
async function rewrite(knex: Knex, words: readonly (readonly [string, string])[]): Promise<void> {
  for (const name of FUNCTIONS) {
    const { rows } = await knex.raw<{ rows: { text: string }[] }>(
      'select pg_get_functiondef(?::regprocedure) as text',
      [name],
    );
    const text = words.reduce((all, [from, to]) => all.replaceAll(from, to), rows[0]!.text);
    await knex.raw(text.replaceAll('?', '\\?'));
  }
}
