import type { Knex } from 'knex';

// What is sealed is sealed anew when its key is replaced: a rotation goes through each sealed table in ranges of
// its key, which several processes share. A row that may not change otherwise may have its sealed columns sealed
// anew, and nothing else of it.
const SEALED: readonly (readonly [table: string, trigger: string, columns: readonly string[]])[] = [
  ['beneficiaries', 'beneficiaries_facts_stay', ['name_sealed', 'account_sealed', 'fingerprint']],
  ['dmt_transfers', 'dmt_transfers_facts_stay', ['otp_sealed']],
  ['bbps_fetches', 'bbps_fetches_facts_stay', ['request_sealed', 'result_sealed']],
  ['bbps_complaints', 'bbps_complaints_facts_stay', ['description_sealed', 'remarks_sealed']],
  ['account_validations', 'account_validations_facts_stay', ['registered_name_sealed']],
  ['aeps_withdrawals', 'aeps_withdrawals_facts_stay', ['mobile_sealed']],
];
/** Nothing of their rows changed at all until now. */
const NEVER_CHANGED: readonly (readonly [table: string, columns: readonly string[]])[] = [
  ['recharges', ['mobile_sealed', 'mobile_fingerprint']],
  ['bbps_payments', ['instruction_sealed', 'subject_fingerprint', 'bill_fingerprint']],
];

const RENEWING = "coalesce(current_setting('munim.renewing_keys', true), '') = 'yes'";
const REFUSE = 'EXECUTE FUNCTION refuse_change()';
const butKeys = (columns: readonly string[]): string =>
  `EXECUTE FUNCTION refuse_change_but_keys(${columns.map((column) => `'${column}'`).join(', ')})`;

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Lets a rotation (which says so for its transaction) give the named columns other values of the same
    -- secrets; where there was a value there still is one, and where there was none there is none.
    create function refuse_change_but_keys() returns trigger language plpgsql as $$
    declare
      before jsonb := to_jsonb(old);
      after jsonb := to_jsonb(new);
      name text;
    begin
      if not ${RENEWING} or before - tg_argv <> after - tg_argv then
        raise exception 'rows of % may not be changed this way (% refused by %)', tg_table_name, tg_op,
          tg_name using errcode = '23514', constraint = tg_name, table = tg_table_name;
      end if;
      foreach name in array tg_argv loop
        if (before -> name = 'null') <> (after -> name = 'null') then
          raise exception 'a value of % may not come or go this way (% refused by %)', tg_table_name, tg_op,
            tg_name using errcode = '23514', constraint = tg_name, table = tg_table_name;
        end if;
      end loop;
      return new;
    end $$;

    create function refuse_change_but_renewal() returns trigger language plpgsql as $$
    begin
      if tg_op = 'UPDATE' and ${RENEWING} then return null; end if;
      raise exception 'rows of % may not be changed this way (% refused by %)', tg_table_name, tg_op,
        tg_name using errcode = '23514', constraint = tg_name, table = tg_table_name;
    end $$;

    create table key_rotations (
      id uuid primary key,
      reason text not null,
      begun_at timestamptz not null,
      begun_by text not null,
      -- what the processes seal with; named by the first that works on it
      encryption_key text,
      index_key bytea, -- the print of the blind index key that the digests are under at the end
      pass integer not null default 1, -- the last pass is the one that finds nothing to do
      finished_at timestamptz,
      constraint key_rotations_encryption_key_form check (encryption_key ~ '^[A-Za-z0-9_-]{1,32}$'),
      constraint key_rotations_finished_has_key check (finished_at is null or encryption_key is not null),
      constraint key_rotations_index_key_is_a_print check (octet_length(index_key) = 16),
      constraint key_rotations_pass_positive check (pass > 0)
    );
    create unique index key_rotations_one_open on key_rotations ((true)) where finished_at is null;
    create trigger key_rotations_facts_stay before update on key_rotations for each row
      when (old.finished_at is not null or new.id <> old.id or new.reason <> old.reason
        or new.begun_at <> old.begun_at or new.begun_by <> old.begun_by
        or (old.index_key is not null and new.index_key is distinct from old.index_key)
        or (old.encryption_key is not null and new.encryption_key is distinct from old.encryption_key)
        or new.pass < old.pass)
      execute function refuse_change();
    create trigger key_rotations_stay before delete or truncate on key_rotations for each statement
      execute function refuse_change();

    create table key_rotation_tables (
      rotation_id uuid not null references key_rotations (id),
      table_name text not null,
      handed_out_to uuid, -- rows up to this one are in a range, or done
      is_handed_out boolean not null default false,
      rows_about bigint not null, -- an estimate, for the progress
      rows_seen bigint not null default 0, -- of this pass
      rows_renewed bigint not null default 0, -- of all passes
      renewed_in_pass bigint not null default 0,
      rows_unopened bigint not null default 0, -- of this pass: their key is missing, or they were tampered with
      constraint key_rotation_tables_pkey primary key (rotation_id, table_name),
      constraint key_rotation_tables_not_negative check (rows_about >= 0 and rows_seen >= 0
        and rows_renewed >= renewed_in_pass and renewed_in_pass >= 0 and rows_unopened >= 0)
    );

    -- Handed out and not done: whose time is over goes to another process.
    create table key_rotation_ranges (
      id uuid primary key,
      rotation_id uuid not null,
      table_name text not null,
      after_key uuid, -- null: from the first
      up_to_key uuid not null,
      rows_in_it integer not null,
      claimed_until timestamptz not null,
      constraint key_rotation_ranges_of_table foreign key (rotation_id, table_name)
        references key_rotation_tables (rotation_id, table_name)
    );

    -- While the blind index key is replaced there are two: the first is known by the first name.
    alter table key_fingerprints drop constraint key_fingerprints_name_form,
      add constraint key_fingerprints_name_form
        check (name in ('blind_index', 'blind_index_b', 'cursor') or name ~ '^encryption:[A-Za-z0-9_-]{1,32}$');
    -- The phone under the other of the two, by which its passwords are counted as well.
    alter table dmt_senders add column other_fingerprint bytea,
      add constraint dmt_senders_other_fingerprint_is_hmac check (octet_length(other_fingerprint) = 32);
    ${giveBackTry('(s.mobile_fingerprint), (s.other_fingerprint)')}
  `);
  for (const [table, trigger, columns] of SEALED)
    await rewrite(knex, { table, trigger, from: REFUSE, to: butKeys(columns) });
  // A statement gets past the first only in a rotation, and then each row meets the second.
  for (const [table, columns] of NEVER_CHANGED)
    await knex.raw(`
      drop trigger ${table}_stay on ${table};
      create trigger ${table}_stay before update or delete or truncate on ${table} for each statement
        execute function refuse_change_but_renewal();
      create trigger ${table}_facts_stay before update on ${table} for each row
        when (${RENEWING}) ${butKeys(columns)};
    `);
}

export async function down(knex: Knex): Promise<void> {
  for (const [table, trigger, columns] of SEALED)
    await rewrite(knex, { table, trigger, from: butKeys(columns), to: REFUSE });
  for (const [table] of NEVER_CHANGED)
    await knex.raw(`
      drop trigger ${table}_facts_stay on ${table};
      drop trigger ${table}_stay on ${table};
      create trigger ${table}_stay before update or delete or truncate on ${table} for each statement
        execute function refuse_change();
    `);
  await knex.raw(`
    ${giveBackTry('(s.mobile_fingerprint)')}
    alter table dmt_senders drop column other_fingerprint;
    delete from key_fingerprints where name = 'blind_index_b';
    alter table key_fingerprints drop constraint key_fingerprints_name_form,
      add constraint key_fingerprints_name_form
        check (name in ('blind_index', 'cursor') or name ~ '^encryption:[A-Za-z0-9_-]{1,32}$');
    drop table key_rotation_ranges;
    drop table key_rotation_tables;
    drop table key_rotations;
    drop function refuse_change_but_keys();
    drop function refuse_change_but_renewal();
  `);
}

/** A try goes back to every count of the sender's phone. */
function giveBackTry(phones: string): string {
  return `
    create or replace function dmt_transfers_give_back_try(transaction uuid) returns void language plpgsql as $$
    begin
      update dmt_transfers set is_try_given_back = true where transaction_id = transaction and not is_try_given_back;
      if not found then return; end if;
      with mine as (
        select o.key from dmt_transfers d join dmt_senders s on s.id = d.sender_id
          cross join lateral (values ${phones}) as phone(digest)
          join otp_tries o on o.key in ('dmt_transfer:phone:window:' || encode(phone.digest, 'hex'),
            'dmt_transfer:phone:day:' || encode(phone.digest, 'hex'))
        where d.transaction_id = transaction order by o.key for no key update of o)
      update otp_tries o set tries = greatest(0, tries - 1) from mine where o.key = mine.key;
    end $$;`;
}

/** Makes a trigger anew from its own definition, so that its condition is the one that is in force. */
async function rewrite(
  knex: Knex,
  { table, trigger, from, to }: { table: string; trigger: string; from: string; to: string },
): Promise<void> {
  const found = await knex.raw<{ rows: { definition: string }[] }>(
    'select pg_get_triggerdef(oid) as definition from pg_trigger where tgname = ? and tgrelid = ?::regclass',
    [trigger, table],
  );
  const { definition } = found.rows[0]!;
  if (!definition.includes(from)) throw new Error(`the trigger ${trigger} has another form`);
  await knex.raw(`drop trigger ${trigger} on ${table}`);
  await knex.raw(definition.replace(from, to));
}
