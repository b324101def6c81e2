// How long after a bill was paid the same bill is asked about: a day in production, a minute in development.
export const sql = `
  insert into bbps_policies (profile, in_force_from, catalogue_age_ms, catalogue_retry_ms, fetch_start_ms,
    fetch_answer_ms, fetch_valid_ms, fetch_ask_gap_ms, complaint_ask_gap_ms,
    complaint_round_ms, complaint_refund_ms, complaint_absent_ms, duplicate_window_ms) values
    ('production', '2026-11-01', 21600000, 30000, 60000, 3000, 900000, 3000, 60000, 3600000, 172800000, 1800000,
      86400000),
    ('development', '2026-11-01', 600000, 1000, 10000, 1000, 600000, 1000, 1000, 2000, 30000, 10000, 60000);
`;
