import type { Knex } from 'knex';

// A network claims a transaction back, or asks for evidence of it. What it claims stays in the agent's wallets under a lien,
// which has no time of its own: it ends with the dispute. Two persons write down the network's last word, and only that moves
// money. The claims on a transaction that are open or lost never come to more than its amount.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(TABLES);
  await knex.raw(WITHIN_TRANSACTION);
  await knex.raw(ENDS);
  await knex.raw(LIENS);
}

/** Throws Error where a dispute was recorded: what it holds back would be spent. */
export async function down(knex: Knex): Promise<void> {
  const [known] = (await knex.raw<{ rows: object[] }>('select from disputes limit 1')).rows;
  if (known !== undefined) throw new Error('disputes were recorded: there is no way back but a restore');
  await knex.raw(`
    drop trigger wallet_liens_of_dispute_end on wallet_liens;
    drop function wallet_liens_of_dispute_end();
    drop trigger wallet_liens_facts_stay on wallet_liens;
    alter table wallet_liens drop column dispute_id, alter column ends_at set not null,
      drop constraint wallet_liens_released_by_whom,
      add constraint wallet_liens_released_by_whom check (case when released_at is null then released_by is null
        else released_by is not null or released_at >= ends_at end);
    create trigger wallet_liens_facts_stay before update on wallet_liens for each row
      when (old.released_at is not null or new.id <> old.id or new.wallet_id <> old.wallet_id
        or new.amount_paise <> old.amount_paise or new.reference <> old.reference or new.reason <> old.reason
        or new.placed_by <> old.placed_by or new.placed_at <> old.placed_at or new.ends_at <> old.ends_at)
      execute function refuse_change();
    drop table dispute_notices;
    drop table dispute_endings;
    drop table disputes;
    drop table dispute_rules;
    update policy_files set applied_at = '-infinity' where name = '20270107_disputes';
    drop function dispute_endings_hold();
    drop function disputes_within_transaction();
    drop function disputes_end_by_rows();
  `);
}

const TABLES = `
  create table dispute_rules (
    service text not null,
    kind text not null,
    in_force_from date not null,
    evidence_days integer not null, -- after the day on which we heard of it
    rail text not null,             -- whose days count
    office text not null references rbi_offices (name),
    source text not null,
    constraint dispute_rules_pkey primary key (service, kind, in_force_from),
    constraint dispute_rules_kind_known check (kind in ('chargeback', 'representment')),
    constraint dispute_rules_days check (evidence_days between 1 and 120)
  );

  create table disputes (
    id uuid primary key,
    kind text not null,
    transaction_id uuid not null references transactions (id),
    service text not null,
    provider text not null,
    case_reference text not null, -- of the network, as the provider wrote it
    reason_code text not null,
    user_id uuid not null,
    wallet_id uuid not null,  -- that the transaction credited
    account_id bigint not null,
    amount_paise bigint not null, -- may be a part of the transaction
    received_on date not null,
    answer_by date not null,      -- the last day on which the agent answers
    recorded_by uuid not null references users (id),
    recorded_at timestamptz not null,
    answer text,                  -- of the agent
    statement text,
    answered_at timestamptz,
    overdue_at timestamptz,       -- when the last day was found to have passed without an answer
    state text not null default 'open',
    constraint disputes_kind_known check (kind in ('chargeback', 'representment')),
    constraint disputes_state_known check (state in ('open', 'won', 'lost')),
    constraint disputes_answer_known check (answer in ('contested', 'accepted')),
    constraint disputes_amount_positive check (amount_paise > 0),
    constraint disputes_case_form check (case_reference ~ '^[A-Za-z0-9][A-Za-z0-9/_.-]{3,59}$'),
    constraint disputes_reason_form check (reason_code ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,29}$'),
    constraint disputes_days_in_order check (answer_by > received_on),
    constraint disputes_answer_two_sided check ((answer is null) = (answered_at is null)
      and (answer is not distinct from 'contested') = (statement is not null)),
    constraint disputes_overdue_or_answered check (overdue_at is null or answer is null),
    constraint disputes_case_unique unique (provider, case_reference),
    constraint disputes_owner foreign key (wallet_id, user_id, account_id) references wallets (id, user_id, account_id)
  );
  create index disputes_of_transaction on disputes (transaction_id); -- what is claimed of it
  create index disputes_of_user on disputes (user_id, id); -- the list of a user
  create index disputes_by_state on disputes (state, id); -- what staff look at
  create index disputes_unanswered on disputes (answer_by)
    where state = 'open' and answer is null and overdue_at is null; -- whose last day passes
  create index disputes_recorded on disputes (recorded_at); -- who is told

  create trigger disputes_begin_open before insert on disputes for each row
    when (new.state <> 'open' or new.answer is not null or new.overdue_at is not null)
    execute function refuse_change();
  create trigger disputes_facts_stay before update on disputes for each row
    when (new.id <> old.id or new.kind <> old.kind or new.transaction_id <> old.transaction_id
      or new.service <> old.service or new.provider <> old.provider or new.case_reference <> old.case_reference
      or new.reason_code <> old.reason_code or new.user_id <> old.user_id or new.wallet_id <> old.wallet_id
      or new.account_id <> old.account_id or new.amount_paise <> old.amount_paise
      or new.received_on <> old.received_on or new.answer_by <> old.answer_by
      or new.recorded_by <> old.recorded_by or new.recorded_at <> old.recorded_at
      or (old.answer is not null and (new.answer is distinct from old.answer
        or new.statement is distinct from old.statement or new.answered_at is distinct from old.answered_at))
      or (old.answer is null and new.answer is not null and old.state <> 'open')
      or (old.overdue_at is not null and new.overdue_at is distinct from old.overdue_at)
      or (new.state <> old.state and not (old.state = 'open' or (old.state = 'lost' and new.state = 'won'))))
    execute function refuse_change();
  create trigger disputes_stay before delete or truncate on disputes for each statement execute function refuse_change();

  -- the network's words, the first, and where it was lost, that an arbitration gave it back
  create table dispute_endings (
    dispute_id uuid not null references disputes (id),
    turn integer not null,
    transaction_id uuid not null references transactions (id),
    outcome text not null,
    taken_paise bigint not null,  -- from wallets; where it is given back, into them
    owed_paise bigint not null,   -- by the user, of what was not there; where it is given back, not owed any more
    journal_id uuid,              -- what was won moves nothing
    earned_journal_id uuid,       -- the provider's commission, of a transaction that is lost whole
    approval_id uuid not null references approvals (id),
    ended_at timestamptz not null,
    constraint dispute_endings_pkey primary key (dispute_id, turn),
    constraint dispute_endings_outcome_known check (outcome in ('won', 'lost', 'given_back')),
    constraint dispute_endings_turns check ((turn = 1 and outcome in ('won', 'lost')) or (turn = 2 and outcome = 'given_back')),
    constraint dispute_endings_moves check ((outcome = 'won') = (journal_id is null)
      and taken_paise >= 0 and owed_paise >= 0 and (outcome = 'won') = (taken_paise + owed_paise = 0)
      and (outcome <> 'won' or earned_journal_id is null)),
    constraint dispute_endings_approval_unique unique (approval_id),
    constraint dispute_endings_journal_unique unique (journal_id)
  );
  create index dispute_endings_of_transaction on dispute_endings (transaction_id); -- the verifier's part by part
  create index dispute_endings_ended on dispute_endings (ended_at); -- who is told
  create trigger dispute_endings_stay before update or delete or truncate on dispute_endings
    for each statement execute function refuse_change();

  create table dispute_notices (
    dispute_id uuid not null references disputes (id),
    what text not null,
    told_at timestamptz not null,
    constraint dispute_notices_pkey primary key (dispute_id, what),
    constraint dispute_notices_what_known check (what in ('opened', 'won', 'lost', 'given_back'))
  );
  create trigger dispute_notices_stay before update or delete or truncate on dispute_notices
    for each statement execute function refuse_change();
`;

// The transaction is locked first, so that of two claims at once the second sees the first.
const WITHIN_TRANSACTION = `
  create function disputes_within_transaction() returns trigger language plpgsql as $$
  declare
    disputed transactions;
    claimed numeric;
  begin
    select * into disputed from transactions where id = new.transaction_id for no key update;
    select coalesce(sum(amount_paise), 0) into claimed from disputes
      where transaction_id = new.transaction_id and state <> 'won' and id <> new.id;
    if claimed + new.amount_paise > disputed.amount_paise then
      raise exception 'the claims on a transaction come to more than its amount'
        using errcode = '23514', constraint = 'disputes_within_transaction', table = 'disputes';
    end if;
    if disputed.state <> 'succeeded' or disputed.flow <> 'credit' or disputed.wallet_id <> new.wallet_id
      or disputed.provider <> new.provider or disputed.service <> new.service then
      raise exception 'what is claimed back succeeded, at this provider, and credited this wallet'
        using errcode = '23514', constraint = 'disputes_of_success', table = 'disputes';
    end if;
    return null;
  end $$;
  create trigger disputes_within_transaction after insert on disputes for each row
    execute function disputes_within_transaction();
`;

const ENDS = `
  create function disputes_end_by_rows() returns trigger language plpgsql as $$
  declare
    stands text;
  begin
    select state into stands from disputes where id = new.id;
    if (select case outcome when 'lost' then 'lost' else 'won' end from dispute_endings
        where dispute_id = new.id order by turn desc limit 1) is distinct from nullif(stands, 'open') then
      raise exception 'a dispute has the end that two persons wrote down'
        using errcode = '23514', constraint = 'disputes_end_by_rows', table = 'disputes';
    end if;
    return null;
  end $$;
  create constraint trigger disputes_end_by_rows after update of state on disputes deferrable initially deferred
    for each row execute function disputes_end_by_rows();

  create function dispute_endings_hold() returns trigger language plpgsql as $$
  declare
    ended disputes;
    moved numeric;
  begin
    select * into ended from disputes where id = new.dispute_id;
    if not exists (select from approvals p where p.id = new.approval_id and p.action = 'dispute.end'
        and p.state = 'approved' and p.subject = 'dispute:' || new.dispute_id
        and p.detail->>'outcome' = new.outcome) then
      raise exception 'a dispute ends by an approval of its own'
        using errcode = '23514', constraint = 'dispute_endings_two_persons', table = 'dispute_endings';
    end if;
    if new.transaction_id <> ended.transaction_id or ended.state <> (case new.outcome when 'lost' then 'lost' else 'won' end)
      or (new.outcome <> 'won' and new.taken_paise + new.owed_paise <> ended.amount_paise) then
      raise exception 'a dispute ends whole, with its state'
        using errcode = '23514', constraint = 'dispute_endings_whole', table = 'dispute_endings';
    end if;
    select coalesce(sum(case new.outcome when 'lost' then 1 else -1 end
        * case when c.id is not null then t.amount_paise else -t.amount_paise end), 0) into moved
      from ledger_transfers t
        left join ledger_accounts c on c.id = t.credit_account_id and c.code = 'receivable:' || ended.provider || ':' || ended.service
      where t.journal_id = new.journal_id;
    if new.outcome <> 'won' and moved <> ended.amount_paise then
      raise exception 'a dispute is lost, or given back, together with its posting'
        using errcode = '23514', constraint = 'dispute_endings_posted', table = 'dispute_endings';
    end if;
    return null;
  end $$;
  create constraint trigger dispute_endings_hold after insert on dispute_endings deferrable initially deferred
    for each row execute function dispute_endings_hold();
`;

const LIENS = `
  drop trigger wallet_liens_facts_stay on wallet_liens;
  alter table wallet_liens
    add column dispute_id uuid references disputes (id), -- then it ends with the dispute
    alter column ends_at drop not null,
    add constraint wallet_liens_end_by_time_or_dispute check ((ends_at is null) = (dispute_id is not null)),
    drop constraint wallet_liens_released_by_whom,
    add constraint wallet_liens_released_by_whom check (case when released_at is null then released_by is null
      else released_by is not null or coalesce(released_at >= ends_at, false) end);
  create index wallet_liens_of_dispute on wallet_liens (dispute_id) where dispute_id is not null; -- what it holds
  create trigger wallet_liens_facts_stay before update on wallet_liens for each row
    when (old.released_at is not null or new.id <> old.id or new.wallet_id <> old.wallet_id
      or new.amount_paise <> old.amount_paise or new.reference <> old.reference or new.reason <> old.reason
      or new.placed_by <> old.placed_by or new.placed_at <> old.placed_at or new.ends_at is distinct from old.ends_at
      or new.dispute_id is distinct from old.dispute_id)
    execute function refuse_change();
  create function wallet_liens_of_dispute_end() returns trigger language plpgsql as $$
  begin
    if (select state from disputes where id = new.dispute_id) = 'open' then
      raise exception 'the lien of a dispute ends with it'
        using errcode = '23514', constraint = 'wallet_liens_of_dispute_end', table = 'wallet_liens';
    end if;
    return null;
  end $$;
  create trigger wallet_liens_of_dispute_end after update of released_at on wallet_liens for each row
    when (new.dispute_id is not null) execute function wallet_liens_of_dispute_end();
`;
