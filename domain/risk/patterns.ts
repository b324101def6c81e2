import type { Pattern } from './rules';

/**
 * What rules measure, as SQL. Each statement looks at what was done from `:from` to before `:to` (`:fromId` and `:toId`
 * are the lowest ids of these instants), and at the window before that only for the people, payees and customers that it
 * meets there. So a round costs what was done since the last one.
 *
 * A finding has a subject and what was measured. Payees and customers are named by a digest of their fingerprint, which
 * says nothing of them and is the same for all users.
 */
export interface Finding {
  subject: string;
  measured: number;
}

/** Of one user at most so many transactions of a window are looked at, the newest. */
const MOST_OF_ONE = 2_000;

const HOUR = "extract(hour from t.created_at at time zone 'Asia/Kolkata')";
/** Of an hour and the two of a rule; the night goes past midnight. */
const isNight = (hour: string): string => `
  case when :fromHour::int > :toHour::int then ${hour} >= :fromHour::int or ${hour} < :toHour::int
    else ${hour} >= :fromHour::int and ${hour} < :toHour::int end`;

/** Counts over the window that ends with each of the new transactions of a user. */
function ofUsers(measured: string, isFound = 'measured > :threshold::int'): string {
  return `
  with fresh as (select distinct t.user_id from transactions t where t.id >= :fromId::uuid and t.id < :toId::uuid),
  recent as (
    select r.* from fresh f cross join lateral (
      select t.user_id, t.created_at, t.amount_paise, t.state, ${HOUR} as hour
      from transactions t
      where t.user_id = f.user_id and t.id >= :windowId::uuid and t.id < :toId::uuid
        and t.amount_paise >= :leastPaise::int8
      order by t.id desc limit ${MOST_OF_ONE}) as r),
  measured as (
    select user_id, created_at, count(*) over w as counted, (${measured})::int8 as measured from recent
    window w as (partition by user_id order by created_at
      range between (:windowS * interval '1 second') preceding and current row))
  select 'user:' || user_id as subject, least(max(measured), 2147483647)::int4 as measured
  from measured where created_at >= :from and ${isFound} group by user_id`;
}

/** Single transactions `t` that are found by themselves. `which` says which are looked at. */
const NEW_DEVICE = (which: string): string => `
  select t.id, 'user:' || t.user_id as subject, (t.amount_paise / 100)::int4 as measured
  from transactions t
  where ${which} and t.amount_paise >= :leastPaise::int8 and exists (
    select from user_devices d where d.user_id = t.user_id and d.first_seen_at <= t.created_at
      and d.first_seen_at > t.created_at - :windowS * interval '1 second'
      and exists (select from user_devices o where o.user_id = d.user_id and o.first_seen_at < d.first_seen_at))`;
const DORMANT = (which: string): string => `
  select t.id, 'user:' || t.user_id as subject, (t.amount_paise / 100)::int4 as measured
  from transactions t cross join lateral (
    select p.created_at from transactions p where p.user_id = t.user_id and p.id < t.id order by p.id desc limit 1) as last
  where ${which} and t.amount_paise >= :leastPaise::int8
    and last.created_at < t.created_at - :windowS * interval '1 second'`;

/** The statements of rules about single transactions, for those with these ids. */
export const SINGLES: Readonly<Partial<Record<Pattern, string>>> = {
  new_device: NEW_DEVICE('t.id = any(:ids::uuid[])'),
  dormant: DORMANT('t.id = any(:ids::uuid[])'),
};

const FRESH = 't.id >= :fromId::uuid and t.id < :toId::uuid';
const bySubject = (single: string): string => `
  select subject, max(measured)::int4 as measured from (${single}) as found group by subject
  having count(*) > :threshold::int`;

/** Who was refused; an address of IPv6 counts with its whole /64, as it does where guesses are counted. */
const REFUSED = `
  select id, at, subject, host(case when family(actor_ip::inet) = 6
      then network(set_masklen(actor_ip::inet, 64))::inet else actor_ip::inet end) as address
  from audit_log where action = 'user.sign_in' and outcome = 'refused' and at >= :windowFrom and at < :to
    and actor_ip is not null`;

const SPRAYED = `
  select 'address:' || address as subject,
    count(distinct case when subject like '%unknown' then id::text else subject end)::int4 as measured
  from (${REFUSED}) as refused group by address
  having count(distinct case when subject like '%unknown' then id::text else subject end) > :threshold::int
    and max(at) >= :from`;
const GUESSED = `
  select subject, count(*)::int4 as measured from (${REFUSED}) as refused
  where subject not like '%unknown' group by subject having count(*) > :threshold::int and max(at) >= :from`;

/** A customer who sends money with an agent, by the number; and one who withdraws, by the number too, at a terminal. */
const CUSTOMER_AT_MANY = `
  with senders as (
    select distinct s.mobile_fingerprint as customer from dmt_transfers d join dmt_senders s on s.id = d.sender_id
    where d.transaction_id >= :fromId::uuid and d.transaction_id < :toId::uuid),
  holders as (
    select distinct w.customer from aeps_withdrawals w
    where w.transaction_id >= :fromId::uuid and w.transaction_id < :toId::uuid)
  select 'customer:' || md5(customer)::uuid as subject, measured from (
    select n.customer, count(distinct s.user_id)::int4 as measured
    from senders n join dmt_senders s on s.mobile_fingerprint = n.customer
    where exists (select from dmt_transfers d where d.sender_id = s.id
      and d.transaction_id >= :windowId::uuid and d.transaction_id < :toId::uuid)
    group by n.customer
    union all
    select h.customer, count(distinct w.terminal_id)::int4
    from holders h join aeps_withdrawals w on w.customer = h.customer
    where w.transaction_id >= :windowId::uuid and w.transaction_id < :toId::uuid
    group by h.customer) as seen
  where measured > :threshold::int`;

/** An account under one name that many begin to pay: payees of payouts by user, of transfers by who sends. */
const PAYEE_OF_MANY = `
  with payees as (
    select distinct b.fingerprint as payee from payouts p join beneficiaries b on b.id = p.beneficiary_id
    where p.transaction_id >= :fromId::uuid and p.transaction_id < :toId::uuid),
  recipients as (
    select distinct r.fingerprint as payee from dmt_transfers d join dmt_recipients r on r.id = d.recipient_id
    where d.transaction_id >= :fromId::uuid and d.transaction_id < :toId::uuid)
  select 'payee:' || md5(payee)::uuid as subject, measured from (
    select n.payee, count(*)::int4 as measured from payees n join beneficiaries b on b.fingerprint = n.payee
    where b.created_at >= :windowFrom group by n.payee
    union all
    select n.payee, count(distinct s.mobile_fingerprint)::int4
    from recipients n join dmt_recipients r on r.fingerprint = n.payee join dmt_senders s on s.id = r.sender_id
    where r.created_at >= :windowFrom group by n.payee) as seen
  where measured > :threshold::int`;

const PENNY_DROPS = `
  select 'user:' || b.user_id as subject, count(*)::int4 as measured
  from account_validations v join beneficiaries b on b.id = v.beneficiary_id
  where v.id >= :windowId::uuid and v.id < :toId::uuid
  group by b.user_id having count(*) > :threshold::int and max(v.begun_at) >= :from`;

export const FINDING_SQL: Readonly<Record<Pattern, string>> = {
  velocity: ofUsers('count(*) over w'),
  amount: ofUsers('sum(amount_paise) over w / 100'),
  just_under: ofUsers(`count(*) filter (where amount_paise < :limitPaise::int8
    and amount_paise >= :limitPaise::int8 * (100 - :percent::int) / 100) over w`),
  night: ofUsers(`count(*) filter (where ${isNight('hour')}) over w`),
  declines: ofUsers(
    "100 * count(*) filter (where state = 'failed') over w / count(*) over w",
    'counted > :threshold::int and measured >= :percent::int',
  ),
  new_device: bySubject(NEW_DEVICE(FRESH)),
  dormant: bySubject(DORMANT(FRESH)),
  sprayed: SPRAYED,
  guessed: GUESSED,
  customer_at_many: CUSTOMER_AT_MANY,
  payee_of_many: PAYEE_OF_MANY,
  penny_drops: PENNY_DROPS,
};

const named = new Map<Pattern, readonly string[]>();

/** The values that the statement of a pattern names. */
export function namesIn(pattern: Pattern): readonly string[] {
  const known = named.get(pattern);
  if (known !== undefined) return known;
  const names = [
    ...new Set([...FINDING_SQL[pattern].matchAll(/(?<!:):([a-z]\w*)/gi)].map(([, name]) => name!)),
  ];
  named.set(pattern, names);
  return names;
}
