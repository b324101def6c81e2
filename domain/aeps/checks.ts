import type { Check, CheckGroup } from '../promises/check';

/**
 * The checks of AEPS: no late success is credited, no customer exceeds the daily limit, a one-time password goes
 * with one withdrawal, and what enquiries earn is posted.
 */

const inTime: Check = {
  promise: 'P2',
  name: 'credited-in-time',
  what: 'wallets were credited for successes recorded in time only',
  slice: 'transactions',
  over: `transactions where service = 'aeps'`,
  offenders: `
    select 'transaction ' || t.id,
      format('its success was recorded at %s, its terminal waited until %s', o.recorded_at, t.answer_before)
    from transactions t
    join transaction_outcomes o on o.transaction_id = t.id and o.effect in ('success', 'refund_withdrawn')
    where t.service = 'aeps' and (t.answer_before is null or o.recorded_at > t.answer_before)`,
};

const customerDay: Check = {
  promise: 'P2',
  name: 'customer-day',
  what: 'no customer had more withdrawals with an agent on a day than was allowed',
  over: `aeps_withdrawals`,
  offenders: `
    select 'transaction ' || id, format('is number %s of its customer on that day, allowed were %s', number, day_cap) from (
      select w.transaction_id as id, w.day_cap,
        count(*) over (partition by w.user_id, w.customer_ref, w.business_date order by w.created_at, w.transaction_id) as number
      from aeps_withdrawals w join transactions t on t.id = w.transaction_id
      where w.kind = 'withdrawal' and t.state not in ('failed', 'reversed', 'refunded')) as counted
    where number > day_cap`,
};

const withdrawalOtp: Check = {
  promise: 'P2',
  name: 'withdrawal-otp',
  what: 'withdrawals above the limit went with a one-time password of their own, while it was good',
  slice: 'transactions',
  over: `aeps_withdrawals where otp_id is not null or otp_above_paise is not null`,
  offenders: `
    select 'transaction ' || w.transaction_id,
      case when o.id is null then format('of %s paise went without one, above %s it is needed', t.amount_paise, w.otp_above_paise)
        else format('its one-time password was sent for %s paise at %s and is %s; the withdrawal is of %s at %s',
          o.amount_paise, o.created_at, o.state, t.amount_paise, w.created_at) end
    from aeps_withdrawals w join transactions t on t.id = w.transaction_id
    left join aeps_withdrawal_otps o on o.id = w.otp_id
    where case when w.otp_id is null then t.amount_paise > w.otp_above_paise
      else o.id is null or o.state <> 'sent' or o.amount_paise <> t.amount_paise or o.expires_at <= w.created_at
        or o.user_id <> w.user_id or (select count(*) from public.aeps_withdrawals other where other.otp_id = w.otp_id) <> 1 end`,
};

const enquiryCommission: Check = {
  promise: 'P2',
  name: 'enquiry-commission',
  what: 'commissions of enquiries are posted, each once',
  over: 'aeps_enquiries where commission_paise > 0',
  // What was earned a moment ago may be posted and not marked yet.
  offenders: `
    select 'provider ' || coalesce(e.provider, m.provider),
      format('%s paise are posted, %s of enquiries that are posted, %s of all',
        coalesce(moved, 0), coalesce(posted, 0), coalesce(earned, 0))
    from (
      select provider, sum(commission_paise) as earned,
        coalesce(sum(commission_paise) filter (where posted_at is not null), 0) as posted
      from aeps_enquiries where commission_paise > 0 group by 1) e
    full join (
      select split_part(a.code, ':', 3) as provider, sum(t.amount_paise) as moved
      from ledger_transfers t join ledger_accounts a on a.id = t.credit_account_id
      where t.transaction_id is null and t.code in ('commission', 'commission_tds') group by 1) m
      on m.provider = e.provider
    where coalesce(moved, 0) not between coalesce(posted, 0) and coalesce(earned, 0)`,
};

export const AEPS_CHECKS: readonly CheckGroup[] = [
  { checks: [inTime] },
  { checks: [customerDay] },
  { checks: [withdrawalOtp] },
  { checks: [enquiryCommission] },
];
