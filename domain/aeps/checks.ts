import type { Check, CheckGroup } from '../promises/check';

/** The checks of AEPS: no late success is credited, and no customer exceeds the daily limit. */

const inTime: Check = {
  promise: 'P2',
  name: 'credited-in-time',
  what: 'wallets were credited for successes recorded in time only',
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
  what: 'no customer had more withdrawals at a terminal on a day than was allowed',
  over: `aeps_withdrawals`,
  offenders: `
    select 'transaction ' || id, format('is number %s of its customer on that day, allowed were %s', number, day_cap) from (
      select w.transaction_id as id, w.day_cap,
        count(*) over (partition by w.customer, w.terminal_id, w.business_date order by w.created_at, w.transaction_id) as number
      from aeps_withdrawals w join transactions t on t.id = w.transaction_id
      where w.kind = 'withdrawal' and t.state not in ('failed', 'reversed', 'refunded')) as counted
    where number > day_cap`,
};

export const AEPS_CHECKS: readonly CheckGroup[] = [{ checks: [inTime] }, { checks: [customerDay] }];
