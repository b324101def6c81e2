// Money transfers, bills and recharges are confirmed like payouts by whoever is signed in: by the PIN, and from 10,000
// rupees on by a code that is made for this amount and this payee. The customer's own password of a transfer says that
// the customer wants it; it says nothing of whose wallet pays, and may be sent to a thief's telephone. A withdrawal
// (AEPS) takes nothing from a wallet, and has the customer's finger. Another amount, or none, is a row of a later day.
export const sql = `
  insert into step_up_rules
    (action, profile, in_force_from, pin_from_paise, code_from_paise, good_for_s, rests, source)
  select action, profile, '2026-04-01'::date, 0, 1000000, 300, rests,
    'RBI Authentication Mechanisms Directions, 25-Sep-2025 (two factors from 1-Apr-2026); the amount is our own'
  from (values ('dmt', true), ('bbps', true), ('recharge', false)) as a(action, rests),
    (values ('production'), ('development')) as p(profile);
`;
