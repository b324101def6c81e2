import type { Knex } from 'knex';

// The seal of the ledger. The transfers of a closed day stand in links of up to a thousand, in the order of their debit
// accounts and ids; each link holds which they are, eight bytes of the hash of each, and a hash over all of their hashes
// and the link before. Each day's last link is signed with a key that the database does not have.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table ledger_seals (
      seq bigint primary key,
      business_date date not null,
      accounts bigint[] not null, -- the debit account of each transfer
      transfers bigint[] not null, -- its id
      marks bytea not null,       -- the first eight bytes of its hash
      previous_hash bytea not null,
      hash bytea not null,
      constraint ledger_seals_seq_positive check (seq > 0),
      constraint ledger_seals_counted check (cardinality(transfers) between 1 and 1000
        and cardinality(accounts) = cardinality(transfers) and octet_length(marks) = 8 * cardinality(transfers)),
      constraint ledger_seals_hashes_are_sha256 check (octet_length(previous_hash) = 32 and octet_length(hash) = 32)
    );
    create index ledger_seals_of_day on ledger_seals (business_date, seq); -- where a step goes on
    create trigger ledger_seals_append_only before update or delete or truncate on ledger_seals
      for each statement execute function refuse_change();

    create table ledger_seal_heads (
      day date primary key, -- the business day that had ended when it was signed
      seq bigint not null,
      hash bytea not null,
      signed_at timestamptz not null,
      key_id text not null,
      public_key bytea not null,
      signature bytea not null,
      constraint ledger_seal_heads_seq_positive check (seq > 0),
      constraint ledger_seal_heads_hash_is_sha256 check (octet_length(hash) = 32),
      constraint ledger_seal_heads_key_id_form check (key_id ~ '^[A-Za-z0-9_-]{1,32}$'),
      constraint ledger_seal_heads_are_ed25519 check (octet_length(public_key) = 32 and octet_length(signature) = 64)
    );
    create trigger ledger_seal_heads_append_only before update or delete or truncate on ledger_seal_heads
      for each statement execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table ledger_seal_heads; drop table ledger_seals;');
}
