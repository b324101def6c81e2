// How people sign in: codes, passwords, and how long payouts rest after somebody may have taken an account over.
export const sql = `
  insert into sign_in_policies
    (profile, in_force_from, code_s, change_code_s, least_characters, payouts_rest_s) values
    ('production', '2026-01-01', 300, 600, 8, 86400),
    ('development', '2026-01-01', 300, 600, 8, 60);
  -- Nobody's telephone is flooded, and nobody guesses: five of a million in ten minutes, twenty a day.
  insert into otp_limits (what, kind, counted_by, span, profile, in_force_from, window_ms, most)
    select what, kind, 'phone', span, profile, '2026-01-01'::date, window_ms, most
    from (values
      ('send', 'gap', 30000, 1), ('send', 'window', 600000, 5), ('send', 'day', 86400000, 20),
      ('try', 'window', 600000, 5), ('try', 'day', 86400000, 20)) as l(what, span, window_ms, most),
      (values ('person_sign_in'), ('person_password'), ('person_contact')) as k(kind),
      (values ('production'), ('development')) as p(profile)
    where span <> 'gap' or profile = 'production';
`;
