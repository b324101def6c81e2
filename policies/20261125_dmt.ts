// What domestic money transfer costs, and its limits.
export const sql = `
  insert into charges values ('dmt', 'IMPS', '2024-11-01', 100, 1000); -- 1 %, but at least ₹10, GST included
  insert into amount_limits values ('dmt', 'IMPS', '2024-11-01', 100, 500000);
  insert into period_limits values ('dmt', 'month', '2024-11-01', 2500000);
  -- How long a one-time password is worth anything, and a transfer that waits with it.
  insert into service_policies values ('dmt', 'production', 600000, 1), ('dmt', 'development', 600000, 1);
`;
