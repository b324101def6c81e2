import type { Knex } from 'knex';

// Each row of the audit log gets a link when its database transaction commits: its place, the hash of the link before
// it, and hashes of its own columns. One lock puts the links in order; it is taken last, at the commit, and held for
// that moment only, so nobody who holds it waits for anything else. The columns are hashed one by one, so that a row
// that was altered can be told from its link, column by column.
const FIELDS = (entry: string): string[] => [
  `to_char(${entry}.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
  `${entry}.actor`,
  `${entry}.actor_ip`,
  `${entry}.action`,
  `${entry}.subject`,
  `${entry}.outcome`,
  `${entry}.detail::text`, // the text of jsonb is canonical: keys in one order, numbers exact
];
const FIELD_COUNT = FIELDS('').length;
/** Stands for null, and for the link before the first one. */
const NOTHING = `decode(repeat('00', 32), 'hex')`;

/** Adds the link of a row; the end of the block is the caller's. */
const LINK = (entry: string): string => `
  declare
    next_seq bigint;
    last_hash bytea;
    hashes bytea[] := array[${FIELDS(entry)
      .map((text) => `coalesce(sha256(convert_to(${text}, 'UTF8')), ${NOTHING})`)
      .join(', ')}];
    joined bytea := '';
    one bytea;
  begin
    perform pg_advisory_xact_lock(20261129175000);
    select seq + 1, hash into next_seq, last_hash from audit_links order by seq desc limit 1;
    next_seq := coalesce(next_seq, 1);
    last_hash := coalesce(last_hash, ${NOTHING});
    foreach one in array hashes loop
      joined := joined || one;
    end loop;
    insert into audit_links (seq, audit_id, previous_hash, field_hashes, hash)
    values (next_seq, ${entry}.id, last_hash, hashes,
      sha256(convert_to('munim.audit.1:' || next_seq || ':' || ${entry}.id || ':', 'UTF8') || last_hash || joined));`;

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table audit_links (
      seq bigint primary key,
      audit_id bigint not null,
      previous_hash bytea not null,
      field_hashes bytea[] not null, -- of at, actor, actor_ip, action, subject, outcome and detail
      hash bytea not null,
      linked_at timestamptz not null default clock_timestamp(),
      constraint audit_links_row_unique unique (audit_id),
      constraint audit_links_seq_positive check (seq > 0),
      constraint audit_links_hashes_are_sha256 check (octet_length(previous_hash) = 32 and octet_length(hash) = 32),
      constraint audit_links_field_each check (array_length(field_hashes, 1) = ${FIELD_COUNT})
    );
    create trigger audit_links_append_only before update or delete on audit_links for each row
      execute function refuse_change();
    create trigger audit_links_no_truncate before truncate on audit_links for each statement
      execute function refuse_change();

    create function audit_log_is_linked() returns trigger language plpgsql security definer
      set search_path = pg_catalog, public, pg_temp as $$
    ${LINK('new')}
      return null;
    end $$;
    -- From here to the end of this migration nobody else writes to the log.
    create constraint trigger audit_log_is_linked after insert on audit_log
      deferrable initially deferred for each row execute function audit_log_is_linked();
    do $$
    declare
      entry audit_log;
    begin
      for entry in select * from audit_log order by id loop
        ${LINK('entry')}
        end;
      end loop;
    end $$;

    create table audit_heads (
      day date primary key, -- the business day that had ended when it was signed
      seq bigint not null,
      hash bytea not null,
      signed_at timestamptz not null,
      key_id text not null,
      public_key bytea not null, -- Ed25519, 32 bytes: what the signature was made with, for whoever has no key
      signature bytea not null,
      constraint audit_heads_seq_positive check (seq > 0),
      constraint audit_heads_hash_is_sha256 check (octet_length(hash) = 32),
      constraint audit_heads_key_id_form check (key_id ~ '^[A-Za-z0-9_-]{1,32}$'),
      constraint audit_heads_are_ed25519 check (octet_length(public_key) = 32 and octet_length(signature) = 64)
    );
    create trigger audit_heads_append_only before update or delete on audit_heads for each row
      execute function refuse_change();
    create trigger audit_heads_no_truncate before truncate on audit_heads for each statement
      execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table audit_heads;
    drop trigger audit_log_is_linked on audit_log;
    drop function audit_log_is_linked();
    drop table audit_links;
  `);
}
