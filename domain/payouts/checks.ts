import type { Check, CheckGroup } from '../promises/check';
import { WAS_REVIEWED } from '../promises/sql';

/**
 * What beneficiaries promise, in what was stored. What bound a payout to a new one stands beside it: it is judged by
 * the rule of its day, whatever the rule is now.
 */

const once: Check = {
  promise: 'P4',
  name: 'beneficiary-once',
  what: 'a user has each beneficiary once',
  over: 'beneficiaries',
  offenders: `
    select 'beneficiary ' || id, 'its user has the same one twice' from beneficiaries
    where (user_id, fingerprint) in (
      select user_id, fingerprint from beneficiaries group by user_id, fingerprint having count(*) > 1)`,
};

const masked: Check = {
  promise: 'P7',
  name: 'beneficiary-masked',
  what: 'of a beneficiary the end alone is in clear, and it is found by a keyed digest',
  over: 'beneficiaries',
  offenders: `
    select 'beneficiary ' || id, case
      when octet_length(fingerprint) <> 32 then 'its digest is none'
      when (kind = 'bank') <> (ifsc is not null) then 'it has no IFSC, or one without an account'
      else 'its hint shows more than the end' end
    from beneficiaries
    where octet_length(fingerprint) <> 32 or (kind = 'bank') <> (ifsc is not null)
      or hint !~ case kind when 'bank' then '^….{1,4}$' else '^…@[^@]+$' end`,
};

/** Found by the index: of a part of the transactions the planner knows too little. */
const BENEFICIARY = `cross join lateral (select y.* from beneficiaries y where y.id = p.beneficiary_id offset 0) b`;

const own: Check = {
  promise: 'P7',
  name: 'beneficiary-own',
  what: 'payouts go to beneficiaries of their user',
  slice: 'transactions',
  over: 'payouts',
  offenders: `
    select 'transaction ' || t.id, format('is of user %s, and its beneficiary %s of user %s', t.user_id, b.id, b.user_id)
    from payouts p join transactions t on t.id = p.transaction_id ${BENEFICIARY}
    where b.user_id <> t.user_id`,
};

/** Clocks of two processes differ. */
const CLOCKS = "interval '1 minute'";

/** Off the list since when, at the time of the payout; null: it was on it, or nobody kept what it was. */
const OFF_SINCE = `
  cross join lateral (
    select case when b.archived_at < t.created_at - ${CLOCKS} then b.archived_at
      when last.kind = 'archived' and last.at < t.created_at - ${CLOCKS} then last.at end as off_since
    from (select 1) as one left join lateral (
      select c.kind, c.at from beneficiary_changes c
      where c.beneficiary_id = p.beneficiary_id and c.at < t.created_at + ${CLOCKS} order by c.at desc, c.id desc limit 1
    ) last on true) o`;

const listed: Check = {
  promise: 'P4',
  name: 'beneficiary-listed',
  what: 'no payout names a beneficiary, or was bound, while it was off the list',
  slice: 'transactions',
  over: 'payouts where is_named or new_for_s is not null',
  offenders: `
    select 'transaction ' || t.id, format('goes to beneficiary %s, which was off the list since %s', b.id, o.off_since)
    from payouts p join transactions t on t.id = p.transaction_id ${BENEFICIARY} ${OFF_SINCE}
    where (p.is_named or p.new_for_s is not null) and o.off_since is not null`,
};

/** The lowest id of a transaction of that instant. */
const firstIdAt = (at: string): string =>
  `(lpad(to_hex((extract(epoch from ${at}) * 1000)::int8), 12, '0') || '00000000000000000000')::uuid`;

const WHILE_NEW = "p.new_for_s * interval '1 second'";

/** Whether beneficiary `b` was new at the time of this transaction, by the rule that bound the payout `p`. */
const wasNew = (t: string): string => `exists (
  select from (select b.created_at as at union all select b.restored_at
    union all select c.at from beneficiary_changes c where c.beneficiary_id = b.id and c.kind = 'added') began
  where began.at <= ${t}.created_at and ${t}.created_at < began.at + ${WHILE_NEW})`;

/** What failed gave its part back; what a person reviewed may have failed meanwhile. */
const counts = (t: string): string =>
  `${t}.state not in ('failed', 'reversed', 'refunded', 'in_review') and not ${WAS_REVIEWED.replaceAll('t.id', `${t}.id`)}`;

/**
 * Payouts to one that is new are let through one after the other, each with the sum of those before it. So whatever
 * their order was, those that this cap bound, or a lower one, come to no more than it in the time that one is new.
 */
const capped: Check = {
  promise: 'P2',
  name: 'beneficiary-capped',
  what: 'no more was paid to a new beneficiary than the rule of that time let whom it bound',
  slice: 'transactions',
  over: 'payouts where new_cap_paise is not null',
  offenders: `
    select 'transaction ' || t.id, format('goes to beneficiary %s, to which %s paise were paid while it was new, not %s',
      b.id, s.paid, p.new_cap_paise)
    from payouts p join transactions t on t.id = p.transaction_id ${BENEFICIARY}
      cross join lateral (
        select sum(x.amount_paise) as paid
        from (select y.* from public.transactions y where y.user_id = t.user_id
            and y.id between ${firstIdAt(`(t.created_at - ${WHILE_NEW})`)} and ${firstIdAt("(t.created_at + interval '1 millisecond')")}
            offset 0) x
          join public.payouts q on q.transaction_id = x.id and q.beneficiary_id = p.beneficiary_id
        where q.new_cap_paise <= p.new_cap_paise and q.new_for_s >= p.new_for_s
          and x.created_at > t.created_at - ${WHILE_NEW} and x.created_at <= t.created_at
          and ${wasNew('x')} and ${counts('x')}) s
    where p.new_cap_paise is not null and ${wasNew('t')} and ${counts('t')} and s.paid > p.new_cap_paise`,
};

export const PAYOUT_CHECKS: readonly CheckGroup[] = [
  { checks: [once] },
  { checks: [masked] },
  { checks: [own] },
  { checks: [listed] },
  { checks: [capped] },
];
