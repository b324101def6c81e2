// How many one-time passwords are sent, and how often they may be tried.
export const sql = `
  insert into otp_limits (what, kind, counted_by, span, profile, in_force_from, window_ms, most)
    select 'send', kind, counted_by, span, profile, '2026-01-01'::date,
      case span when 'gap' then 30000 when 'window' then 600000 else 86400000 end,
      -- one user of development stands for a whole network of counters
      case when profile = 'development' and counted_by = 'caller' then most * 100 else most end
    from (values
      -- the same password again, not a second one for the next customer, recipient or refund
      ('dmt_transfer', 'subject', 'gap', 1), ('dmt_refund', 'subject', 'gap', 1), ('dmt_ekyc', 'phone', 'gap', 1),
      ('dmt_transfer', 'phone', 'day', 60), ('dmt_refund', 'phone', 'day', 30), ('dmt_ekyc', 'phone', 'day', 20),
      -- half of what a phone may be sent: no caller uses it up for the others
      ('dmt_transfer', 'caller_phone', 'window', 15), ('dmt_transfer', 'caller_phone', 'day', 30),
      ('dmt_refund', 'caller_phone', 'day', 15),
      ('dmt_ekyc', 'caller_phone', 'window', 5), ('dmt_ekyc', 'caller_phone', 'day', 10),
      -- one counter serves a customer a minute; ten counters share a user
      ('dmt_transfer', 'caller', 'window', 600), ('dmt_transfer', 'caller', 'day', 10000),
      ('dmt_refund', 'caller', 'window', 100), ('dmt_refund', 'caller', 'day', 1000),
      ('dmt_ekyc', 'caller', 'window', 100), ('dmt_ekyc', 'caller', 'day', 2000),
      ('aeps_kyc', 'phone', 'window', 5), ('aeps_kyc', 'phone', 'day', 20),
      ('aeps_kyc', 'agent', 'window', 5), ('aeps_kyc', 'agent', 'day', 20),
      ('aeps_kyc', 'caller', 'window', 5), ('aeps_kyc', 'caller', 'day', 20))
      as l(kind, counted_by, span, most), (values ('production'), ('development')) as p(profile)
    where span <> 'gap' or profile = 'production';
  -- Five guesses of 10,000 or more in ten minutes, twenty a day.
  insert into otp_limits (what, kind, counted_by, span, profile, in_force_from, window_ms, most)
    select 'try', kind, counted_by, span, profile, '2026-01-01'::date, window_ms, most
    from (values ('dmt_transfer', 'phone'), ('dmt_refund', 'phone'), ('dmt_ekyc', 'phone'), ('aeps_kyc', 'phone'),
      ('aeps_kyc', 'agent')) as k(kind, counted_by),
    (values ('window', 600000, 5), ('day', 86400000, 20)) as s(span, window_ms, most),
    (values ('production'), ('development')) as p(profile);
`;
