import type { Knex } from 'knex';

// Services and kinds of wallets are rows, not lists in CHECKs: a new service inserts one row and never locks
// the largest tables again. Constraints keep their names; each is added NOT VALID and then validated, as one
// would on a table in use.
//
// What a wallet pays follows from the flow of the service. A generated column sees only its own row, so a
// transaction carries the flow, written from `services` at the insert; the foreign key over both columns
// makes it the one that the service has, and keeps a service from changing its flow. `total_paise` stays
// generated: nobody can write another total. This once the table is rewritten for it.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table services (
      name text primary key,
      flow text not null, -- debit: a wallet pays; credit: a wallet is paid
      constraint services_name_form check (name ~ '^[a-z][a-z0-9]{1,29}$'),
      constraint services_flow_known check (flow in ('debit', 'credit')),
      constraint services_flow_unique unique (name, flow) -- what transactions refer to
    );
    insert into services values
      ('payout', 'debit'), ('dmt', 'debit'), ('bbps', 'debit'), ('recharge', 'debit'), ('aeps', 'credit');
    create table wallet_kinds (
      name text primary key,
      constraint wallet_kinds_name_form check (name ~ '^[a-z][a-z0-9]{1,29}$')
    );
    insert into wallet_kinds values ('main'), ('aeps');

    alter table wallets
      drop constraint wallets_kind_known,
      add constraint wallets_kind_known foreign key (kind) references wallet_kinds (name) not valid;
    alter table wallets validate constraint wallets_kind_known;

    alter table transactions add column flow text not null default 'debit';
    update transactions t set flow = s.flow from services s where s.name = t.service and s.flow <> 'debit';
    drop index transactions_open_of_wallet;
    alter table transactions
      drop column total_paise,
      drop constraint transactions_service_known;
    alter table transactions
      -- what the wallet pays; nothing where it is paid
      add column total_paise bigint generated always as
        (case flow when 'credit' then 0 else amount_paise + fee_paise + tax_paise + charge_paise end) stored,
      add constraint transactions_service_known
        foreign key (service, flow) references services (name, flow) not valid;
    alter table transactions validate constraint transactions_service_known;
    create index transactions_open_of_wallet on transactions (wallet_id) include (state, total_paise)
      where state in ('accepted', 'held', 'dispatched', 'refund_pending', 'in_review'); -- held and available of a wallet
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index transactions_open_of_wallet;
    alter table transactions drop constraint transactions_service_known, drop column total_paise;
    alter table transactions
      drop column flow,
      add column total_paise bigint generated always as
        (case when service = 'aeps' then 0 else amount_paise + fee_paise + tax_paise + charge_paise end) stored,
      add constraint transactions_service_known check (service in ('payout', 'dmt', 'bbps', 'recharge', 'aeps'));
    create index transactions_open_of_wallet on transactions (wallet_id) include (state, total_paise)
      where state in ('accepted', 'held', 'dispatched', 'refund_pending', 'in_review'); -- held and available of a wallet
    alter table wallets
      drop constraint wallets_kind_known, add constraint wallets_kind_known check (kind in ('main', 'aeps'));
    drop table services;
    drop table wallet_kinds;
  `);
}
