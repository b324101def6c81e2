// One-time passwords with which senders say that a user may serve them.
export const sql = `
  insert into otp_limits (what, kind, counted_by, span, profile, in_force_from, window_ms, most)
    select 'send', 'dmt_phone', counted_by, span, profile, '2026-01-01'::date,
      case span when 'gap' then 30000 when 'window' then 600000 else 86400000 end,
      -- one user of development stands for a whole network of counters
      case when profile = 'development' and counted_by = 'caller' then most * 100 else most end
    from (values ('phone', 'gap', 1), ('phone', 'window', 6), ('phone', 'day', 12),
      ('caller_phone', 'window', 3), ('caller_phone', 'day', 6),
      ('caller', 'window', 100), ('caller', 'day', 2000)) as l(counted_by, span, most),
      (values ('production'), ('development')) as p(profile)
    where span <> 'gap' or profile = 'production';
  insert into otp_limits (what, kind, counted_by, span, profile, in_force_from, window_ms, most)
    select 'try', 'dmt_phone', 'phone', span, profile, '2026-01-01'::date, window_ms, most
    from (values ('window', 600000, 5), ('day', 86400000, 20)) as s(span, window_ms, most),
      (values ('production'), ('development')) as p(profile);
`;
