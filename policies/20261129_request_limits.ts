// How many requests one caller may make, and how many places it may take. A second of the busiest integrator that we
// know of has some 50 payouts; the limits are three times that. One user of development stands for a whole network.
export const sql = `
  insert into request_limits (class, counted_by, profile, in_force_from, window_s, most)
    select class, counted_by, profile, '2026-01-01'::date, 10,
      case profile when 'development' then most * 1000 else most end
    from (values
      ('money', 'key', 1500), ('money', 'service', 1500), ('money', 'user', 3000),
      -- a provider takes 10 calls a second of everybody
      ('desk', 'key', 60), ('desk', 'user', 60),
      ('read', 'key', 3000), ('read', 'user', 6000),
      ('list', 'key', 200), ('list', 'user', 400),
      ('wait', 'key', 3000), ('wait', 'user', 6000),
      ('callback', 'address', 10000), ('public', 'address', 1000),
      -- keys that are not valid
      ('unknown', 'address', 300)) as l(class, counted_by, most),
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
