import type { Knex } from 'knex';

// A transaction that is asked about for long has more outcomes than a smallint counts: 32,767 inquiries, one
// an hour, are under four years, and under nine hours at one a second.
export async function up(knex: Knex): Promise<void> {
  // A column cannot change its type while a trigger's condition names it: those triggers are set aside, and made again as they were.
  await knex.raw(`
    do $$
    declare
      triggers text[];
      definition text;
      dropped record;
    begin
      select array_agg(pg_get_triggerdef(oid)) into triggers from pg_trigger
        where tgrelid = 'transactions'::regclass and not tgisinternal and tgqual is not null;
      for dropped in select tgname from pg_trigger where tgrelid = 'transactions'::regclass
        and not tgisinternal and tgqual is not null loop
        execute format('drop trigger %I on transactions', dropped.tgname);
      end loop;
      alter table transactions alter column outcome_count type integer;
      foreach definition in array coalesce(triggers, '{}') loop
        execute definition;
      end loop;
    end $$;
    alter table transaction_outcomes alter column seq type integer;
  `);
}

export async function down(): Promise<void> {
  throw new Error('counts that are larger than a smallint cannot go back');
}
