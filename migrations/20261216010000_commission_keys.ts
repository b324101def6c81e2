import type { Knex } from 'knex';

// A night writes a million accruals and pays a hundred thousand of dues, so each index is counted.
//
// Accruals have one key, by user: it serves the statement, and the shares of a transaction are found by the chain that
// it has. Dues have no index on what changes with each batch, so that their updates touch no index; which days have
// something to pay stands beside them. A payout's user is that of its wallet, which the verifier looks at.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table commission_accruals drop constraint commission_accruals_pkey;
    drop index commission_accruals_of_user;
    alter table commission_accruals add constraint commission_accruals_pkey
      primary key (user_id, day, transaction_id, turn);

    create table commission_due_days (
      payable_from date primary key,
      touched bigint not null, -- how often something was added
      is_open boolean not null default true,
      constraint commission_due_days_touched check (touched > 0)
    ) with (fillfactor = 70);
    create trigger commission_due_days_stay before delete or truncate on commission_due_days
      for each statement execute function refuse_change();
    insert into commission_due_days (payable_from, touched, is_open)
      select payable_from, 1, bool_or(gross_paise <> paid_paise) from commission_dues group by payable_from;

    -- An account is read by two at once, each for half of the transactions.
    alter table commission_cursors add column part smallint not null default 0;
    alter table commission_cursors drop constraint commission_cursors_pkey;
    alter table commission_cursors add constraint commission_cursors_pkey primary key (account_id, part),
      add constraint commission_cursors_part_known check (part in (0, 1));
    insert into commission_cursors (account_id, part, read_id) select account_id, 1, read_id from commission_cursors;
    alter table commission_cursors alter column part drop default;
    drop trigger commission_cursors_go_on on commission_cursors;
    create trigger commission_cursors_go_on before update on commission_cursors for each row
      when (new.account_id <> old.account_id or new.part <> old.part or new.read_id < old.read_id)
      execute function refuse_change();

    drop index commission_dues_open;
    create index commission_dues_of_day on commission_dues (payable_from, user_id); -- what a run pays, user after user
    alter table commission_payouts drop constraint commission_payouts_user_id_fkey;
  `);
}

export async function down(knex: Knex): Promise<void> {
  const [{ apart }] = (await knex('commission_cursors as a')
    .join('commission_cursors as b', 'a.account_id', 'b.account_id')
    .whereRaw('a.read_id <> b.read_id')
    .select(knex.raw('count(*)::int as apart'))) as [{ apart: number }];
  if (apart > 0)
    throw new Error('two readers of an account stand at different lines: let them come to its end first');
  await knex.raw(`
    drop trigger commission_cursors_go_on on commission_cursors;
    alter table commission_cursors disable trigger commission_cursors_stay;
    delete from commission_cursors where part <> 0;
    alter table commission_cursors enable trigger commission_cursors_stay;
    alter table commission_cursors drop constraint commission_cursors_pkey, drop column part;
    alter table commission_cursors add constraint commission_cursors_pkey primary key (account_id);
    create trigger commission_cursors_go_on before update on commission_cursors for each row
      when (new.account_id <> old.account_id or new.read_id < old.read_id) execute function refuse_change();
    alter table commission_payouts add constraint commission_payouts_user_id_fkey foreign key (user_id) references users (id);
    drop index commission_dues_of_day;
    create index commission_dues_open on commission_dues (user_id, payable_from) where gross_paise <> paid_paise;
    drop table commission_due_days;
    alter table commission_accruals drop constraint commission_accruals_pkey;
    alter table commission_accruals add constraint commission_accruals_pkey primary key (transaction_id, turn, user_id);
    create index commission_accruals_of_user on commission_accruals (user_id, day, transaction_id);
  `);
}
