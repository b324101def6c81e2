import type { Knex } from 'knex';

// Documents of KYC do not stay for ever. When the rule says that their time is over, the key of a document is destroyed
// with its row's change, so that what the storage has is noise from then on; the storage is emptied after it, and again
// where that was broken off. Nothing of somebody whom an inquiry is about is erased.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create function user_is_under_inquiry(who uuid) returns boolean language sql stable as $$
      select exists (select from ops_cases c where c.closed_at is null and c.subject like '%user:' || who)
        or exists (select from ops_cases c join transactions t on t.id = c.transaction_id
          where c.closed_at is null and t.user_id = who)
        or exists (select from risk_register r left join transactions t on t.id = r.transaction_id
          where r.verdict in ('suspicious', 'reported') and (r.subject like '%user:' || who or t.user_id = who))
        or exists (select from wallet_freezes f join wallets w on w.id = f.wallet_id
          where f.lifted_at is null and w.user_id = who)
        or exists (select from wallet_liens l join wallets w on w.id = l.wallet_id
          where l.released_at is null and w.user_id = who)
        or exists (select from screening_hits h join kyc_records k on h.subject = 'kyc_record:' || k.id
          where h.state <> 'cleared' and k.user_id = who)
    $$;

    alter table kyc_documents
      add column erased_at timestamptz,
      alter column key_sealed drop not null,
      drop constraint kyc_documents_state_known,
      -- erasing: it has no key any more, and the storage may still have the noise
      add constraint kyc_documents_state_known check (state in ('storing', 'stored', 'erasing', 'erased')),
      add constraint kyc_documents_key_two_sided check ((key_sealed is null) = (state in ('erasing', 'erased'))),
      add constraint kyc_documents_erased_two_sided check ((erased_at is not null) = (state = 'erased'));
    drop trigger kyc_documents_facts_stay on kyc_documents;
    create trigger kyc_documents_facts_stay before update on kyc_documents for each row
      when (old.state <> new.state and not (old.state || '>' || new.state)
          in ('storing>stored', 'storing>erasing', 'stored>erasing', 'erasing>erased')
        or (new.id, new.record_id, new.kind, new.type, new.bytes, new.content_sha256, new.made_at)
          is distinct from (old.id, old.record_id, old.kind, old.type, old.bytes, old.content_sha256, old.made_at))
      execute function refuse_change();

    create function kyc_documents_kept() returns trigger language plpgsql
    security definer set search_path = public, pg_temp as $$
    declare
      today date := (now() at time zone 'Asia/Kolkata')::date;
      record kyc_records%rowtype;
      closed_at timestamptz;
      replaced_at timestamptz;
    begin
      select * into strict record from kyc_records where id = new.record_id;
      select max(s.at) into closed_at from users u
        join user_stages s on s.user_id = u.id and s.to_stage = 'closed'
        where u.id = record.user_id and u.stage = 'closed';
      if record.state = 'returned' then
        select min(l.decided_at) into replaced_at from kyc_records l
          where l.user_id = record.user_id and l.state = 'approved' and l.made_at > record.made_at;
      end if;
      if user_is_under_inquiry(record.user_id)
        or not (coalesce(closed_at < now() - make_interval(days => retention_keep_days('kyc_documents', today)), false)
          or coalesce(replaced_at < now() - make_interval(days => retention_keep_days('kyc_replaced', today)), false))
      then
        raise exception 'kyc_documents_kept: a document is erased after its time only'
          using errcode = '23514', constraint = 'kyc_documents_kept', table = 'kyc_documents';
      end if;
      return new;
    end $$;
    revoke execute on function kyc_documents_kept() from public;
    create trigger kyc_documents_kept before update of state on kyc_documents for each row
      when (new.state = 'erasing' and old.state <> 'erasing') execute function kyc_documents_kept();
    create index kyc_documents_erasing on kyc_documents (id) where state = 'erasing'; -- which the storage still has
    create index users_closed on users (id) where stage = 'closed'; -- whose documents may be over
    create index kyc_records_returned on kyc_records (user_id) where state = 'returned'; -- and of those who began anew
  `);
}

/** Throws Error where a document is erased: it has no key any more. */
export async function down(knex: Knex): Promise<void> {
  const [erased] = (
    await knex.raw<{ rows: object[] }>('select from kyc_documents where key_sealed is null limit 1')
  ).rows;
  if (erased !== undefined) throw new Error('documents were erased: there is no way back but a restore');
  await knex.raw(`
    drop index kyc_records_returned; drop index users_closed; drop index kyc_documents_erasing;
    drop trigger kyc_documents_kept on kyc_documents; drop function kyc_documents_kept();
    drop trigger kyc_documents_facts_stay on kyc_documents;
    create trigger kyc_documents_facts_stay before update on kyc_documents for each row
      when (old.state = 'stored' and new.state <> 'stored' or (new.id, new.record_id, new.kind, new.type, new.bytes,
        new.content_sha256, new.made_at) is distinct from (old.id, old.record_id, old.kind, old.type, old.bytes,
        old.content_sha256, old.made_at))
      execute function refuse_change();
    alter table kyc_documents
      drop constraint kyc_documents_erased_two_sided,
      drop constraint kyc_documents_key_two_sided,
      drop constraint kyc_documents_state_known,
      add constraint kyc_documents_state_known check (state in ('storing', 'stored')),
      alter column key_sealed set not null,
      drop column erased_at;
    drop function user_is_under_inquiry(uuid);
  `);
}
