// What rests while an account may be in wrong hands, beside payouts and transfers: transfers to bank accounts and bills,
// by which a wallet can be emptied. A recharge is small, and its shop goes on with it. Nothing of these is confirmed:
// the customer stands at the counter, and a transfer has their one-time password.
export const sql = `
  insert into step_up_rules
    (action, profile, in_force_from, pin_from_paise, code_from_paise, good_for_s, rests, source)
  select action, profile, '2026-01-01'::date, null, null, 300, rests, 'our own'
  from (values ('dmt', true), ('bbps', true), ('recharge', false)) as a(action, rests),
    (values ('production'), ('development')) as p(profile);
`;
