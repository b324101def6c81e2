import type { Knex } from 'knex';

// What persons have written off of a break stands in our account with the provider or bank, and at a loss. Where the two
// sides say another difference later, the rest alone is carried into suspense.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table recon_breaks add column written_off_paise bigint not null default 0;
    update recon_breaks b set written_off_paise = w.paise
      from (select a.detail->>'break' as id, sum(case when c.code like 'suspense:%' or c.code like 'unidentified:%'
          then -t.amount_paise else t.amount_paise end)::int8 as paise
        from approvals a join ledger_transfers t on t.journal_id = a.journal_id join ledger_accounts c on c.id = t.credit_account_id
        where a.action = 'break.settle' and a.state = 'approved' and a.detail->>'choice' = 'write_off' group by 1) w
      where w.id = b.id::text;
    alter table recon_breaks drop constraint recon_breaks_suspense_is_gap,
      add constraint recon_breaks_suspense_is_gap check (suspense_paise in (0, gap_paise - written_off_paise)) not valid;
    alter table recon_breaks validate constraint recon_breaks_suspense_is_gap;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table recon_breaks drop constraint recon_breaks_suspense_is_gap;
    alter table recon_breaks add constraint recon_breaks_suspense_is_gap check (suspense_paise in (0, gap_paise));
    alter table recon_breaks drop column written_off_paise;
  `);
}
