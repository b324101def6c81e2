import type { Knex } from 'knex';

// Nobody learns of a stranger by their phone number: what the provider says of a sender is kept and shown only
// for a user whom the sender has told a one-time password.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table dmt_senders
      add column served_at timestamptz, -- the sender was verified with this user, by a one-time password
      add column phone_otp_ref text,    -- the provider's reference of one that waits; never the password
      add column phone_otp_at timestamptz,
      add constraint dmt_senders_phone_otp_two_sided check ((phone_otp_ref is null) = (phone_otp_at is null));
    -- Who has sent money through a user has given a one-time password there. Everybody else does so once more.
    update dmt_senders s set served_at = s.created_at where exists (
      select from dmt_transfers d join transactions t on t.id = d.transaction_id
      where d.sender_id = s.id and t.state in ('succeeded', 'refund_pending', 'refunded', 'reversed'));
    update dmt_senders set state = case when state = 'active' then 'unknown' else state end, kyc_level = 'none',
      verified_at = null, provider_remaining_paise = null
      where served_at is null;
    alter table dmt_senders add constraint dmt_senders_shown_when_served
      check (served_at is not null or (state <> 'active' and provider_remaining_paise is null));
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table dmt_senders drop constraint dmt_senders_shown_when_served,
      drop constraint dmt_senders_phone_otp_two_sided,
      drop column served_at, drop column phone_otp_ref, drop column phone_otp_at;
  `);
}
