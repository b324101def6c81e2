// Timings of Eko and Setu. Inquiries, windows and re-checks follow rules of the field: an IMPS transfer may be
// returned on the following days. Setu asks for 3 to 5 s between inquiries about a bill for the first 180 s, and for
// slower ones afterwards.
export const sql = `
  insert into provider_policies (provider, profile, connect_timeout_ms, total_timeout_ms, send_window_ms,
    poll_schedule_ms, poll_for_ms, not_found_window_ms, not_found_inquiries, recheck_success_ms,
    max_in_flight, rate_per_second) values
    ('eko', 'production', 4000, 60000, 20000,
      '{15000,30000,60000,120000,300000,600000,1200000,1800000,3600000}', 86400000, 900000, 3,
      '{86400000,259200000}', 64, 10),
    ('eko', 'development', 1000, 2000, 3000, '{1000,2000,4000,8000}', 60000, 10000, 2,
      '{86400000,259200000}', 128, null),
    ('setu', 'production', 4000, 60000, 20000,
      '{4000,4000,4000,5000,5000,5000,15000,30000,60000,120000,300000,600000,1200000,1800000,3600000}',
      86400000, 900000, 3, '{86400000,259200000}', 64, 10),
    ('setu', 'development', 1000, 2000, 3000, '{1000,2000,4000,8000}', 60000, 10000, 2,
      '{86400000,259200000}', 128, null);
`;
