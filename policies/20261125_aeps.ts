// Aadhaar-enabled payments: timings, rules of velocity, charges and limits.
export const sql = `
  insert into aeps_timings values
    ('production', '2026-01-01', 60000, 2000, 600000, 90, 600000, 30000, 2000, 5, 22, 6),
    ('development', '2026-01-01', 3000, 200, 10000, 90, 600000, 0, 2000, 5, 22, 6);
  insert into aeps_velocity_rules (rule, profile, in_force_from, window_ms, at_least, case_above, refuse_above)
    select rule, profile, '2026-01-01'::date, window_ms, at_least, case_above, refuse_above
    from (values ('burst', 600000, 0, 15, 30), ('customers', 3600000, 0, 20, null),
      ('night', 28800000, 0, 5, null), ('round_amounts', 3600000, 0, 5, null),
      ('declines', 3600000, 5, 60, 90))
      as r(rule, window_ms, at_least, case_above, refuse_above), (values ('production'),
        ('development')) as p(profile);
  insert into aeps_charges values ('withdrawal', '2026-01-01', 0), ('merchant_payment', '2026-01-01', 50);
  -- 10,000 a transaction: NPCI 2022. 50,000 a customer and month: a usual cap of banks.
  insert into amount_limits values ('aeps', 'withdrawal', '2022-01-01', 10000, 1000000),
    ('aeps', 'merchant_payment', '2022-01-01', 100, 1000000);
  insert into period_limits values ('aeps_withdrawal', 'month', '2026-01-01', 5000000),
    ('aeps_merchant_payment', 'month', '2026-01-01', 5000000);
  -- T+5: RBI DPSS.CO.PD No.629/02.01.014/2019-20, row 8.
  insert into service_policies values ('aeps', 'production', 60000, 5), ('aeps', 'development', 60000, 5);
`;
