// What payouts cost, their limits and the timings of RazorpayX.
export const sql = `
  insert into tax_rates values ('gst', '2017-07-01', 1800);
  insert into prices values
    ('payout', 'IMPS', 100000, '2026-04-01', 300, 300), ('payout', 'IMPS', 1000000000000, '2026-04-01', 500, 300),
    ('payout', 'NEFT', 1000000000000, '2026-04-01', 500, 300),
      ('payout', 'RTGS', 1000000000000, '2026-04-01', 1500, 300),
      ('payout', 'UPI', 1000000000000, '2026-04-01', 300, 300);
  insert into amount_limits values
    ('payout', 'IMPS', '2021-10-08', 100, 50000000), ('payout', 'NEFT', '2019-12-16', 100, 1000000000000),
    ('payout', 'RTGS', '2004-03-26', 20000000, 1000000000000), ('payout', 'UPI', '2016-04-11', 100, 10000000);
  insert into period_limits values ('payout', 'day', '2026-04-01', 500000000000);
  insert into service_policies values ('payout', 'production', 1800000, 1), ('payout', 'development', 120000, 1);
  insert into provider_policies values
    ('razorpayx', 'production', 4000, 30000, 20000,
      '{15000,30000,60000,120000,300000,600000,1200000,1800000,3600000}', 86400000, 900000, 3,
      '{86400000,259200000}', 64, 10),
    ('razorpayx', 'development', 1000, 2000, 3000, '{1000,2000,4000,8000}', 60000, 10000, 2,
      '{86400000,259200000}', 128, null);
`;
