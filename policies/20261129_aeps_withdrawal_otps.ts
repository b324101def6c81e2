// Withdrawals with a one-time password, and how fingers are captured: Eko's page of the cash withdrawal.
export const sql = `
  -- Above 5,000 rupees: Eko's page (Fingpay). It states no time for which a password is good: ten minutes are ours.
  insert into aeps_otp_rules (profile, in_force_from, above_paise, life_ms) values
    ('production', '2026-01-01', 500000, 600000), ('development', '2026-01-01', 500000, 600000);
  -- FMR and FIR in one block, and 35 points. A bank that still takes type 0 only gets a row of its own: Eko names
  -- those when asked, and no page lists them.
  insert into aeps_capture_rules (bank, in_force_from, finger_type, least_points) values ('*', '2026-01-01', 2, 35);
  -- The phone is the one that is linked to the Aadhaar number, counted over all agents.
  insert into otp_limits (what, kind, counted_by, span, profile, in_force_from, window_ms, most)
    select 'send', 'aeps_withdrawal', counted_by, span, profile, '2026-01-01'::date,
      case span when 'gap' then 30000 when 'window' then 600000 else 86400000 end,
      -- one agent of development stands for a whole network of counters
      case when profile = 'development' and counted_by = 'agent' then most * 100 else most end
    from (values ('phone', 'gap', 1), ('phone', 'window', 5), ('phone', 'day', 20),
      -- an agent serves a customer a minute
      ('agent', 'window', 30), ('agent', 'day', 500))
      as l(counted_by, span, most), (values ('production'), ('development')) as p(profile)
    where span <> 'gap' or profile = 'production';
`;
