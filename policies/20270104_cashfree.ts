// Timings of Cashfree. It documents 7,800 questions and 9,000 transfers a minute: half of the lower rate, since a new
// payee is two calls. It names no time-outs. A bank may confirm a transfer as late as three days after it was sent.
export const sql = `
  insert into provider_policies
    (provider, profile,
     connect_timeout_ms, total_timeout_ms, send_window_ms,
     poll_schedule_ms,
     poll_for_ms, not_found_window_ms, not_found_inquiries, recheck_success_ms,
     max_in_flight, rate_per_second, funds_retry_ms)
  values
    ('cashfree', 'production',
     4000, 30000, 20000,
     '{15000,30000,60000,120000,300000,600000,1200000,1800000,3600000}',
     259200000, 900000, 3, '{86400000,259200000}',
     64, 60, '{60000,120000,300000,600000,900000}'),
    ('cashfree', 'development',
     1000, 2000, 3000,
     '{1000,2000,4000,8000}',
     60000, 10000, 2, '{86400000,259200000}',
     128, null, '{1000,2000,4000}');
`;
