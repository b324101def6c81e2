// How many requests one caller may make, and how many places it may take. A second of the busiest integrator that we
// know of has some 50 payouts; the limits are three times that. One user of development stands for a whole network.
export const sql = `
  -- Short windows, so that what is taken at once is little; longer ones where a line keeps the pace.
  insert into request_limits (class, counted_by, profile, in_force_from, window_s, most)
    select class, counted_by, profile, '2026-01-01'::date, window_s,
      case profile when 'development' then most * 1000 else most end
    from (values
      ('money', 'key', 2, 300), ('money', 'service', 2, 300), ('money', 'user', 2, 600),
      -- a provider takes 10 calls a second of everybody
      ('desk', 'key', 10, 60), ('desk', 'user', 10, 60),
      ('read', 'key', 2, 600), ('read', 'user', 2, 1200),
      ('list', 'key', 10, 200), ('list', 'user', 10, 400),
      ('wait', 'key', 2, 600), ('wait', 'user', 2, 1200),
      ('callback', 'address', 2, 2000), ('public', 'address', 2, 200),
      -- keys that are not valid
      ('unknown', 'address', 10, 300)) as l(class, counted_by, window_s, most),
    (values ('production'), ('development')) as p(profile);
  insert into request_shares (place, profile, in_force_from, most, most_each, waiting_each)
    select place, profile, '2026-01-01'::date, most,
      case profile when 'development' then least(most, most_each * 5) else most_each end,
      case profile when 'development' then waiting_each * 20 else waiting_each end
    from (values
      ('requests', 3000, 500, 0), ('waits', 1000, 200, 0),
      -- a provider's concurrent calls of one process are 64: the rest is for withdrawals
      ('desk', 48, 12, 24),
      -- of the ten connections of a process
      ('lists', 4, 2, 20)) as s(place, most, most_each, waiting_each),
    (values ('production'), ('development')) as p(profile);
`;
