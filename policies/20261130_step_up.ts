// What somebody who is signed in confirms, and from which amount. Programs with API keys have networks and scopes.
export const sql = `
  insert into step_up_rules
    (action, profile, in_force_from, pin_from_paise, code_from_paise, good_for_s, source)
  select action, profile, '2026-01-01'::date, 0, 1000000, 300,
    'RBI Authentication Mechanisms Directions, 25-Sep-2025 (two factors from 1-Apr-2026); the amount is our own'
  from (values ('payout'), ('transfer')) as a(action), (values ('production'), ('development')) as p(profile);

  -- Five guesses in ten minutes, twenty a day; the codes that somebody may have sent likewise.
  insert into otp_limits (what, kind, counted_by, span, profile, in_force_from, window_ms, most)
    select what, 'payment', 'caller', span, profile, '2026-01-01'::date, window_ms,
      case when what = 'send' then most_sent else most_tried end
    from (values ('send'), ('try')) as w(what),
      (values ('window', 600000, 10, 5), ('day', 86400000, 100, 20)) as s(span, window_ms, most_sent, most_tried),
      (values ('production'), ('development')) as p(profile);
`;
