// How much may be paid to a new beneficiary and how many a day are new, by whoever is signed in: a thief who has taken an
// account over pays to somebody new. Programs with API keys have networks, scopes and limits of their own; another row
// binds them too. In development nobody is new. A payment to somebody new is confirmed by a code, whatever its amount.
export const sql = `
  insert into beneficiary_rules
    (profile, in_force_from, binds, new_for_s, new_cap_paise, most_new_a_day, source) values
    ('production', '2020-01-01', 'signed_in', 86400, 5000000, 20,
      'our own; banks let 24 hours pass before they pay more than 50,000 to one who was added'),
    ('development', '2020-01-01', 'nobody', 0, null, null, 'our own');

  -- An answer counts for half a year: accounts are closed, and numbers given to others.
  insert into beneficiary_check_rules
    (in_force_from, method, fresh_days, most_a_day, match_from, partial_from, source) values
    ('2020-01-01', 'penny_drop', 180, 20, 75, 40, 'our own; the look-up of names is that of RBI, 30-Dec-2024');

  insert into step_up_rules
    (action, profile, in_force_from, pin_from_paise, code_from_paise, good_for_s, rests, source)
  select 'new_payee', profile, '2026-04-01'::date, 0, 0, 300, true,
    'RBI Authentication Mechanisms Directions, 25-Sep-2025 (two factors from 1-Apr-2026); for a new payee our own'
  from (values ('production'), ('development')) as p(profile);
`;
