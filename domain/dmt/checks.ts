import type { Check, CheckGroup } from '../promises/check';

const otpErased: Check = {
  promise: 'P7',
  name: 'otp-erased',
  what: 'no one-time password is kept once its transaction was sent or given up',
  slice: 'transactions',
  over: 'transactions',
  offenders: `
    select 'transaction ' || d.transaction_id,
      format('is %s and still has its one-time password%s', coalesce(t.state, 'unknown'), case when
      d.otp_sealed like 'v1.%.%.%.%' then '' else ', in clear' end)
    from dmt_transfers d left join transactions t on t.id = d.transaction_id
    where d.otp_sealed is not null
      and (t.state is null or t.state not in ('accepted', 'held') or d.otp_sealed not like 'v1.%.%.%.%')`,
};

export const DMT_CHECKS: readonly CheckGroup[] = [{ checks: [otpErased] }];
