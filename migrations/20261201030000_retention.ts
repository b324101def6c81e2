import type { Knex } from 'knex';

// What is kept of people, for how long, and under which law. A loop erases what is past its time, step by step, and
// writes each step down. Logs stay for 180 days whatever a row says; tables whose rows are never changed stay so. A
// person may ask for everything that is kept of them, and that it goes: two persons of ours decide.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table retention_rules (
      what text not null,
      in_force_from date not null,
      keep_days integer,                         -- after it is over; null: on legal hold, it is not erased
      is_log boolean not null,
      on_request boolean not null default false, -- goes at once when its person asks for it
      source text not null,                      -- whose rule it is
      constraint retention_rules_pkey primary key (what, in_force_from),
      constraint retention_rules_what_form check (what ~ '^[a-z][a-z_]{1,39}$'),
      constraint retention_rules_range check (keep_days between 0 and 7320),
      -- CERT-In Directions of 28-Apr-2022: logs are kept for 180 days
      constraint retention_rules_cert_in check (not is_log or keep_days is null or keep_days >= 180),
      constraint retention_rules_logs_and_holds_wait
        check (not on_request or (not is_log and keep_days is not null))
    );

    create table retention_steps (
      id uuid primary key,
      what text not null,
      before timestamptz not null, -- what was over before this
      erased integer not null,
      at timestamptz not null,
      constraint retention_steps_erased_some check (erased > 0)
    );
    create trigger retention_steps_append_only before update or delete or truncate on retention_steps
      for each statement execute function refuse_change();

    create table data_requests (
      id uuid primary key,
      user_id uuid not null references users (id),
      kind text not null,
      state text not null default 'open',
      reason text not null, -- how the person asked
      asked_by uuid not null references users (id), -- of our staff
      asked_at timestamptz not null,
      due_on date not null,
      approval_id uuid references approvals (id),
      decided_at timestamptz,
      parts jsonb, -- of an erasure: what went, and what stays, why and until when
      note text,   -- of a refusal
      constraint data_requests_kind_known check (kind in ('export', 'erasure')),
      constraint data_requests_state_known check (state in ('open', 'granted', 'refused')),
      constraint data_requests_decided_two_sided check ((state = 'open') = (decided_at is null)),
      constraint data_requests_granted_by_two check ((state = 'granted') = (approval_id is not null)),
      constraint data_requests_erasure_tells check ((parts is not null) = (kind = 'erasure' and state = 'granted')),
      constraint data_requests_refusal_says_why check ((state = 'refused') = (note is not null))
    );
    create unique index data_requests_one_open on data_requests (user_id, kind) where state = 'open';
    create index data_requests_of_user on data_requests (user_id, asked_at);
    create index data_requests_waiting on data_requests (due_on) where state = 'open'; -- the queue
    create trigger data_requests_decided_once before update on data_requests for each row
      when (old.state <> 'open' or (old.id, old.user_id, old.kind, old.reason, old.asked_by, old.asked_at, old.due_on)
        is distinct from (new.id, new.user_id, new.kind, new.reason, new.asked_by, new.asked_at, new.due_on))
      execute function refuse_change();
    create trigger data_requests_stay before delete or truncate on data_requests for each statement
      execute function refuse_change();

    -- How long it is kept on a day; null where it is on hold, or no rule says anything.
    create function retention_keep_days(asked text, day date) returns integer language sql stable as
      $$ select keep_days from retention_rules where what = asked and in_force_from <= day
        order by in_force_from desc limit 1 $$;

    -- Sessions are a log of who was signed in, when and from where.
    create function user_sessions_kept() returns trigger language plpgsql as $$
    begin
      if old.ends_at >= now() - make_interval(days =>
        coalesce(retention_keep_days('sessions', (now() at time zone 'Asia/Kolkata')::date), 36500))
      then
        raise exception 'user_sessions_kept: a session is deleted after its time only'
          using errcode = '23514', constraint = 'user_sessions_kept', table = 'user_sessions';
      end if;
      return old;
    end $$;
    create trigger user_sessions_kept before delete on user_sessions for each row execute function user_sessions_kept();
    create index user_devices_last_seen on user_devices (last_seen_at); -- erases those that nobody uses
    -- Of those who have left: what is erased when its time has come.
    create index users_closed_with_contacts on users (id)
      where stage = 'closed' and (mobile_sealed is not null or email_sealed is not null);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index users_closed_with_contacts; drop index user_devices_last_seen;
    drop trigger user_sessions_kept on user_sessions; drop function user_sessions_kept();
    drop function retention_keep_days(text, date);
    drop table data_requests; drop table retention_steps; drop table retention_rules;
  `);
}
