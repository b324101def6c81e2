import type { ServiceName } from '../provider/service-name';

/**
 * The accrual of one batch, as one statement. `:account` is an income account, read after `:after`; `:today` is the
 * day in India. Of the lines those are counted whose transaction is of the part `:part` of `:parts`.
 *
 * - `lines`: the next lines of the account. The last journal of a full batch may go on in the next, and waits for it;
 *   so does all from the first line on that is posted at `:ends` or later. Where it is null nothing is.
 * - `moved`: what they come to for each transaction; `standing`: what it has earned so far.
 * - What has changed is taken back as it was, and earned anew by the same rule if anything is left to share.
 */
const OF_PART = `get_byte(uuid_send(transaction_id), 15) % :parts::int4 = :part::int4`;

/** Where a service shared other income before, each transaction is shared by what was shared when it was accepted. */
const ofBasis = (service: ServiceName, basis: Basis | null): string =>
  basis === null
    ? ''
    : `and (select m.basis from transactions t join commission_terms m on m.service = '${service}'
      and m.in_force_from <= (t.created_at at time zone 'Asia/Kolkata')::date where t.id = transaction_id
      order by m.in_force_from desc limit 1) = '${basis}'`;

const linesSql = (only: string): string => `
  lines as materialized (
    select id, journal_id, transaction_id, amount, created_at from (
      (select id, journal_id, transaction_id, amount_paise as amount, created_at from ledger_transfers
        where credit_account_id = :account and id > :after order by id limit :batch)
      union all
      (select id, journal_id, transaction_id, -amount_paise, created_at from ledger_transfers
        where debit_account_id = :account and id > :after order by id limit :batch)
    ) as both_sides order by id limit :batch
  ), whole as materialized (
    select * from lines where ((select count(*) from lines) < :batch
      or journal_id <> (select journal_id from lines order by id desc limit 1))
      and id < coalesce((select min(id) from lines where created_at >= :ends::timestamptz), 9223372036854775807)
  ), moved as materialized (
    select transaction_id, sum(amount)::int8 as delta from whole
    where transaction_id is not null and ${OF_PART} ${only}
    group by transaction_id having sum(amount) <> 0 order by transaction_id -- near each other where they are looked up
  ), standing as materialized (
    select m.transaction_id, m.delta, coalesce(e.turn, 0::int2) as turn, coalesce(e.turn % 2 = 1, false) as has_earned,
      e.service, e.rule_id, e.slab_from_paise, e.amount_paise, e.pool_paise, e.shared_paise, e.day
    from moved m left join lateral (select * from commission_earnings where transaction_id = m.transaction_id
      order by turn desc limit 1) e on true
  )`;

const PAYABLE_FROM = (mode: string, day: string): string => `case ${mode}
  when 'instant' then ${day}
  when 'daily' then ${day} + 1
  else (date_trunc('month', ${day}) + interval '1 month')::date end`;

/**
 * The shares of an earning are found by whom they can belong to: those of the transaction's chain. What is taken back names
 * the due that the share was in, and which of its payments is that of the share.
 */
const TAKEN_BACK = `
  taken as (
    insert into commission_earnings (transaction_id, turn, service, rule_id, slab_from_paise, amount_paise, pool_paise,
      shared_paise, day)
    select transaction_id, turn + 1, service, rule_id, slab_from_paise, amount_paise, -pool_paise, -shared_paise,
      :today::date from standing where has_earned
    returning transaction_id
  ), taken_shares as materialized (
    select a.transaction_id, a.turn + 1 as turn, a.user_id, a.level, a.gross_paise, a.mode, a.payment,
      a.payable_from as due_from, greatest(a.payable_from, ${PAYABLE_FROM('a.mode', ':today::date')}) as payable_from
    from standing s join transactions t on t.id = s.transaction_id left join uplines l on l.id = t.upline_id
      cross join lateral unnest(t.user_id || l.user_ids) as who(user_id)
      join commission_accruals a on a.user_id = who.user_id and a.day = s.day
        and a.transaction_id = s.transaction_id and a.turn = s.turn
    where s.has_earned
  ), taken_parts as (
    insert into commission_accruals (transaction_id, turn, user_id, level, gross_paise, mode, day, payable_from, payment)
    select transaction_id, turn, user_id, level, -gross_paise, mode, :today::date, payable_from, payment from taken_shares
  ), taken_returns as (
    insert into commission_returns (transaction_id, turn, user_id, level, mode, gross_paise, payable_from, due_from, payment)
    select transaction_id, turn, user_id, level, mode, gross_paise, payable_from, due_from, payment from taken_shares
  )`;

/**
 * By what a rule may tell the transactions of a service apart: expressions on `d`, the row of its details, or constants.
 * Whoever declares a service may say so; without it, a rule is for all of its transactions.
 */
export interface ToldApart {
  category?: string;
  operator?: string;
}
/** With the table of details of each service. */
export type ToldApartOf = Readonly<Partial<Record<ServiceName, ToldApart & { table: string }>>>;

/** What a transaction is, where a rule may tell it apart. All of an account are of its service. */
const factsOf = (service: ServiceName, told: ToldApartOf[ServiceName]): string => {
  const { category = 'null::text', operator = 'null::text' } = told ?? {};
  const isOfDetails = [category, operator].some((one) => one.startsWith('d.'));
  return `
  fresh as materialized (
    select transaction_id, case when has_earned then turn + 2 else turn + 1 end as turn,
      case when has_earned then pool_paise + delta else delta end as pool
    from standing where case when has_earned then pool_paise + delta else delta end > 0
  ), facts as materialized (
    select f.transaction_id, f.turn, f.pool, t.amount_paise, t.user_id, t.upline_id, t.service, u.type,
      ${category} as category, ${operator} as operator, (t.created_at at time zone 'Asia/Kolkata')::date as accepted_on
    from fresh f join transactions t on t.id = f.transaction_id join users u on u.id = t.user_id
      ${isOfDetails ? `left join ${told!.table} d on d.transaction_id = case when (select ${someRuleTells(service)}) then t.id end` : ''}
  )`;
};

/** Details are read where some rule of the service asks for them. */
const someRuleTells = (service: ServiceName): string =>
  `exists (select from commission_rules where service = '${service}' and (category is not null or operator is not null))`;

/**
 * A rule is looked for once for all that cannot be told apart: users with a scheme or a plan of their own stand for
 * themselves, and of the chain above only those count who have a scheme for their network. `kind` is one text:
 * PostgreSQL cannot hash what may be null on both sides.
 */
const RULED = `
  own as materialized (
    select scope_user_id as user_id from commission_schemes where scope_user_id is not null
    union select user_id from commission_plan_members
  ), chains as materialized (
    select l.id, l.user_ids, l.types, case when (select exists (select from commission_schemes where scope = 'network'))
      then array(select w.user_id from unnest(l.user_ids) with ordinality as w(user_id, n)
        where w.user_id in (select scope_user_id from commission_schemes where scope = 'network') order by w.n)
      else '{}' end as networks
    from (select distinct upline_id from facts) f join uplines l on l.id = f.upline_id
  ), placed as materialized (
    select f.*, o.user_id as own_id, c.networks,
      row(o.user_id, c.networks, f.service, f.category, f.operator, f.accepted_on)::text as kind
    from facts f left join own o on o.user_id = f.user_id left join chains c on c.id = f.upline_id
  ), kinds as materialized (
    select distinct kind, own_id, networks, service, category, operator, accepted_on from placed
  ), ruled as materialized (
    select k.*, c.rule_id, m.mode, m.waits_days
    from kinds k
      cross join lateral commission_rule(coalesce(k.own_id, '00000000-0000-0000-0000-000000000000'::uuid), k.networks,
        k.service, k.category, k.operator, k.accepted_on) c
      cross join lateral (select mode, waits_days from commission_terms where service = k.service
        and in_force_from <= k.accepted_on order by in_force_from desc limit 1) m
  ), priced as materialized (
    select p.transaction_id, p.turn, p.service, p.pool, p.amount_paise, r.rule_id, r.mode, s.from_paise, s.basis,
      p.user_id || c.user_ids as users, p.type || c.types as levels,
      ${PAYABLE_FROM('r.mode', '(:today::date + r.waits_days)')} as payable_from
    from placed p join ruled r on r.kind = p.kind
      join commission_slabs s on s.rule_id = r.rule_id and p.amount_paise between s.from_paise and s.to_paise
      left join chains c on c.id = p.upline_id
  )`;

/**
 * The share of each level that stands in the chain. Shares of the commission are cut by the largest remainder, of equal
 * ones the first; the last part is ours, and with it that of a level that is not there.
 */
const PARTS = `
  parts as materialized (
    select p.transaction_id, p.turn, p.mode, p.payable_from, h.level,
      p.users[array_position(p.levels, h.level)] as user_id,
      least(h.flat_paise + p.amount_paise * h.bps / 10000, h.cap_paise) as gross
    from priced p join commission_shares h on h.rule_id = p.rule_id and h.from_paise = p.from_paise
    where p.basis = 'amount' and array_position(p.levels, h.level) is not null
    union all
    select transaction_id, turn, mode, payable_from, level, users[array_position(levels, level)],
      floor_paise + case when turn_of_rest <= pool - floors then 1 else 0 end
    from (
      select q.*, sum(floor_paise) over (partition by transaction_id)::int8 as floors,
        row_number() over (partition by transaction_id order by rest desc, place) as turn_of_rest
      from (
        select p.*, h.level, h.place, p.pool * h.bps / 10000 as floor_paise, p.pool * h.bps % 10000 as rest
        from priced p cross join lateral (
          select level, place, bps from commission_shares where rule_id = p.rule_id and from_paise = p.from_paise
          union all
          select null, 32767::int2, 10000 - coalesce(sum(bps), 0) from commission_shares
            where rule_id = p.rule_id and from_paise = p.from_paise
        ) h where p.basis = 'commission'
      ) q
    ) cut where array_position(levels, level) is not null
  )`;

const WRITTEN = `
  earned as (
    insert into commission_earnings (transaction_id, turn, service, rule_id, slab_from_paise, amount_paise, pool_paise,
      shared_paise, day)
    select p.transaction_id, p.turn, p.service, p.rule_id, p.from_paise, p.amount_paise, p.pool,
      coalesce(s.shared, 0), :today::date
    from priced p left join (select transaction_id, sum(gross)::int8 as shared from parts group by transaction_id) s
      on s.transaction_id = p.transaction_id
    returning transaction_id
  ), news as materialized (
    select user_id, payable_from, mode, level, sum(gross)::int8 as gross_paise from parts where gross > 0
    group by user_id, payable_from, mode, level
  ), dues as (
    insert into commission_dues as d (user_id, payable_from, mode, level, gross_paise)
    select user_id, payable_from, mode, level, gross_paise from news order by user_id, payable_from, mode, level
    on conflict (user_id, payable_from, mode, level) do update set gross_paise = d.gross_paise + excluded.gross_paise
    returning user_id, payable_from, mode, level, payments
  ), shared as (
    insert into commission_accruals (transaction_id, turn, user_id, level, gross_paise, mode, day, payable_from, payment)
    select p.transaction_id, p.turn, p.user_id, p.level, p.gross, p.mode, :today::date, p.payable_from, d.payments
    from parts p join dues d on d.user_id = p.user_id and d.payable_from = p.payable_from and d.mode = p.mode
      and d.level = p.level
    where p.gross > 0
    order by p.user_id, p.transaction_id -- the order of the key
  ), due_days as (
    insert into commission_due_days as d (payable_from, touched)
    select payable_from, 1 from (select payable_from from news union select payable_from from taken_shares) as new
    order by payable_from
    on conflict (payable_from) do update set touched = d.touched + 1, is_open = true
  ), moved_on as (
    update commission_cursors set read_id = (select max(id) from whole)
    where account_id = :account and part = :part and exists (select from whole)
  )`;

/** What is shared of a service: what a provider pays, or our own fee. */
export type Basis = 'provider' | 'fee';

/** The statement for the income accounts of a service; `basis`: that of the account, where the service has had both. */
export const accrueSql = (service: ServiceName, told: ToldApartOf, basis: Basis | null): string => `
  with ${[linesSql(ofBasis(service, basis)), TAKEN_BACK, factsOf(service, told[service]), RULED, PARTS, WRITTEN].join(', ')}
  select (select count(*)::int from whole) as read, (select count(*)::int from whole where ${OF_PART}) as lines,
     (select count(*)::int from earned) as earned,
    (select count(*)::int from taken) as "takenBack"`;
