// Recharges: operators, routes, the window of the duplicate rule, price and limits.
export const sql = `
  insert into recharge_operators values ('jio', '2026-04-01', true, true),
    ('airtel', '2026-04-01', true, true), ('vi', '2026-04-01', true, false),
    ('bsnl', '2026-04-01', true, false), ('mtnl', '2026-04-01', true, false);
  -- Eko asks for the type of a BSNL recharge, which we are not told, and does not name MTNL.
  insert into recharge_routes values ('*', '2026-04-01', 1, 'setu'), ('*', '2026-04-01', 2, 'eko'),
    ('bsnl', '2026-04-01', 1, 'setu'), ('mtnl', '2026-04-01', 1, 'setu');
  insert into recharge_policies values ('production', '2026-04-01', 180000, 5000, 300000),
    ('development', '2026-04-01', 60000, 2000, 10000);
  -- Agency: no fee of ours on top; the commission comes from the provider.
  insert into prices values ('recharge', 'prepaid', 1000000000000, '2026-04-01', 0, 0);
  insert into amount_limits values ('recharge', 'prepaid', '2026-04-01', 1000, 1000000);
  insert into service_policies (service, profile, expire_after_ms, turnaround_days)
    values ('recharge', 'production', 600000, 1), ('recharge', 'development', 120000, 1);
`;
