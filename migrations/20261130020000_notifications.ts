import type { Knex } from 'knex';

// What people are told: a row that is driven until it is sent, given up or too old, like all work. What was told, and
// to which address, is sealed, and erased as soon as nothing more is to be sent.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table notification_kinds (
      kind text not null,
      in_force_from date not null,
      lives_ms integer not null,      -- not sent later
      is_repeated boolean not null,   -- sent again where nobody knows whether it was sent
      retry_ms integer[] not null,    -- waits between tries; the last one repeats
      constraint notification_kinds_pkey primary key (kind, in_force_from),
      constraint notification_kinds_form check (kind ~ '^[a-z][a-z_]{1,39}$'),
      constraint notification_kinds_lives check (lives_ms > 0),
      constraint notification_kinds_retries check (cardinality(retry_ms) > 0 and 0 < all (retry_ms))
    );
    create table notification_templates (
      kind text not null,
      channel text not null,
      language text not null,
      profile text not null,
      in_force_from date not null,
      subject text,          -- of an e-mail
      body text not null,    -- {name} stands for a value
      dlt_template_id text,  -- under which the operators know the text of an SMS
      constraint notification_templates_pkey primary key (kind, channel, language, profile, in_force_from),
      constraint notification_templates_channel_known check (channel in ('sms', 'email')),
      constraint notification_templates_language_known check (language in ('en', 'hi')),
      constraint notification_templates_profile_known check (profile in ('production', 'development')),
      constraint notification_templates_subject_of_email check ((subject is not null) = (channel = 'email')),
      constraint notification_templates_dlt_of_sms check (dlt_template_id is null or channel = 'sms'),
      constraint notification_templates_dlt_form check (dlt_template_id ~ '^[0-9]{10,25}$')
    );

    create table notifications (
      id uuid primary key,
      user_id uuid references users (id), -- null: nobody of ours
      kind text not null,
      channel text not null,
      language text not null,
      is_repeated boolean not null,
      retry_ms integer[] not null,
      message_sealed text, -- address and text; erased with the end
      state text not null default 'queued',
      created_at timestamptz not null,
      expires_at timestamptz not null,
      due_at timestamptz, -- when it is driven again
      tries smallint not null default 0,
      sender text,
      sender_reference text,
      report_no integer, -- the place of the last delivery report in their order
      reason text,
      ended_at timestamptz,
      constraint notifications_channel_known check (channel in ('sms', 'email')),
      constraint notifications_language_known check (language in ('en', 'hi')),
      -- sent: taken by the sender, who may never report; unknown: it may have been sent
      constraint notifications_state_known check (state in
        ('queued', 'sending', 'sent', 'delivered', 'undelivered', 'failed', 'unknown', 'expired')),
      constraint notifications_driven_while_open check ((due_at is not null) = (state in ('queued', 'sending'))),
      constraint notifications_ended_two_sided check ((ended_at is not null) = (state not in ('queued', 'sending'))),
      constraint notifications_message_while_open
        check ((message_sealed is not null) = (state in ('queued', 'sending'))),
      constraint notifications_message_sealed check (message_sealed like 'v1.%'),
      constraint notifications_expire_after_start check (expires_at > created_at),
      constraint notifications_tries_not_negative check (tries >= 0)
    );
    create index notifications_due on notifications (channel, due_at) where due_at is not null; -- the loop
    create index notifications_of_user on notifications (user_id, created_at); -- what somebody was told
    create index notifications_ended on notifications (ended_at) where ended_at is not null; -- retention
    -- What has ended is not sent again, and what was delivered stays so.
    create trigger notifications_facts_stay before update on notifications for each row
      when (new.id <> old.id or new.user_id is distinct from old.user_id or new.kind <> old.kind
        or new.channel <> old.channel or new.created_at <> old.created_at or new.expires_at <> old.expires_at
        or new.tries < old.tries
        or (old.ended_at is not null and new.ended_at is null)
        or (old.state = 'delivered' and new.state <> 'delivered'))
      execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    'drop table notifications; drop table notification_templates; drop table notification_kinds;',
  );
}
