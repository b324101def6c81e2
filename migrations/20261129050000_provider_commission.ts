import type { Knex } from 'knex';

// What a provider pays us for a transaction: its commission, less the tax that it deducts from it (TDS). An
// answer may state both, and the charge that the provider took; its outcome keeps what was stated. Where no
// answer states a commission, what was agreed counts: it is fixed with the transaction, so that a new price
// list changes nothing that was accepted before.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table provider_commissions (
      provider text not null,
      service text not null,
      class text not null,          -- what the price list tells apart: the provider's category of billers, an operator, a mode
      up_to_paise bigint not null,  -- the slab holds amounts up to and including this
      in_force_from date not null,
      flat_paise bigint not null,   -- before tax
      bps integer not null,         -- of the amount, on top of flat_paise
      constraint provider_commissions_pkey primary key (provider, service, class, in_force_from, up_to_paise),
      constraint provider_commissions_not_negative check (flat_paise >= 0 and up_to_paise > 0),
      constraint provider_commissions_bps_range check (bps between 0 and 10000)
    );

    alter table transactions
      add column agreed_commission_paise bigint,
      add column agreed_tds_paise bigint,
      add constraint transactions_agreed_commission_two_sided
        check ((agreed_commission_paise is null) = (agreed_tds_paise is null)),
      add constraint transactions_agreed_tds_within_commission
        check (agreed_tds_paise between 0 and agreed_commission_paise);
    create trigger transactions_agreed_commission_stays before update on transactions for each row
      when (new.agreed_commission_paise is distinct from old.agreed_commission_paise
        or new.agreed_tds_paise is distinct from old.agreed_tds_paise)
      execute function refuse_change();

    alter table transaction_outcomes
      add column commission_paise bigint,
      add column tds_paise bigint,
      add column charge_paise bigint,     -- tax included
      add column charge_tax_paise bigint, -- the tax inside it
      add constraint transaction_outcomes_commission_two_sided
        check ((commission_paise is null) = (tds_paise is null)),
      add constraint transaction_outcomes_tds_within_commission check (tds_paise between 0 and commission_paise),
      add constraint transaction_outcomes_charge_not_negative check (charge_paise >= 0),
      add constraint transaction_outcomes_charge_tax_within
        check (charge_tax_paise is null or charge_tax_paise between 0 and coalesce(charge_paise, -1));
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table transaction_outcomes
      drop column commission_paise, drop column tds_paise, drop column charge_paise, drop column charge_tax_paise;
    drop trigger transactions_agreed_commission_stays on transactions;
    alter table transactions drop column agreed_commission_paise, drop column agreed_tds_paise;
    drop table provider_commissions;
  `);
}
