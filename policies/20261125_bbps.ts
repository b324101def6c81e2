// Bill payment: timings, routes, cool-offs before a complaint, dispositions of complaints, price and limits.
export const sql = `
  insert into bbps_policies (profile, in_force_from, catalogue_age_ms, catalogue_retry_ms, fetch_start_ms,
    fetch_answer_ms, fetch_valid_ms, fetch_ask_gap_ms, complaint_ask_gap_ms,
    complaint_round_ms, complaint_refund_ms, complaint_absent_ms) values
    ('production', '2024-04-01', 21600000, 30000, 60000, 3000, 900000, 3000, 60000, 3600000, 172800000, 1800000),
    ('development', '2024-04-01', 600000, 1000, 10000, 1000, 600000, 1000, 1000, 2000, 30000, 10000);
  insert into bbps_routes values ('all', '*', '2024-04-01', '{setu,eko}');
  -- 24 h for utilities, none for what works at once or not at all (Setu's guide to disputes)
  insert into bbps_cool_offs values
    ('production', '*', '2024-04-01', 86400000), ('production', 'fastag', '2024-04-01', 0),
      ('production', 'dth', '2024-04-01', 0), ('production', 'mobile prepaid', '2024-04-01', 0),
    ('development', '*', '2024-04-01', 10000), ('development', 'fastag', '2024-04-01', 0),
      ('development', 'dth', '2024-04-01', 0), ('development', 'mobile prepaid', '2024-04-01', 0);
  -- NPCI's ticket API. The days are ours: those of a payment that is not confirmed (RBI DPSS.CO.PD
  -- No.629/02.01.014/2019-20, T+5), where the provider names none.
  insert into bbps_dispositions values
    ('service-not-received', '2024-04-01', 'D11', 'dispute', 5),
      ('service-disconnected', '2024-04-01', 'D12', 'dispute', 5),
      ('late-payment-surcharge', '2024-04-01', 'D13', 'dispute', 5),
    ('paid-to-wrong-account', '2024-04-01', 'D21', 'dispute', 5),
      ('double-payment', '2024-04-01', 'D22', 'dispute', 5),
      ('wrong-amount', '2024-04-01', 'D23', 'dispute', 5),
    ('payment-info-delay', '2024-04-01', 'D31', 'complaint', 5),
      ('account-not-updated', '2024-04-01', 'D32', 'complaint', 5);

  insert into prices values ('bbps', 'bill', 1000000000000, '2024-04-01', 500, 0);
  insert into amount_limits values ('bbps', 'bill', '2024-04-01', 100, 100000000);
  insert into period_limits values ('bbps', 'day', '2024-04-01', 100000000000);
  insert into service_policies values ('bbps', 'production', 1800000, 1), ('bbps', 'development', 120000, 1);
`;
