// Timings of Razorpay's payment gateway. It names neither a rate nor time-outs. An order is asked about while somebody
// may pay it: at most every five minutes, since webhooks and the checkout's return have it asked at once. A bank may
// say yes as late as three days after the payer tried (docs: payments/late-authorisation).
export const sql = `
  insert into provider_policies
    (provider, profile,
     connect_timeout_ms, total_timeout_ms, send_window_ms,
     poll_schedule_ms,
     poll_for_ms, not_found_window_ms, not_found_inquiries, recheck_success_ms,
     max_in_flight, rate_per_second, funds_retry_ms)
  values
    ('razorpay', 'production',
     4000, 30000, 20000,
     '{15000,30000,60000,120000,120000,120000,300000}',
     86400000, 60000, 3, '{3600000,86400000,259200000}',
     64, 20, '{60000,120000,300000,600000,900000}'),
    ('razorpay', 'development',
     1000, 2000, 3000,
     '{1000,2000,5000,10000}',
     86400000, 10000, 2, '{86400000,259200000}',
     128, null, '{1000,2000,4000}');
`;
