// Requests that are soon answered have seats, six of a key in one process: it has ten connections to the database, and
// more would wait there, before those of others. Their limits are counted by the second, so that half as much comes at
// once. One user of development stands for a whole network.
export const sql = `
  insert into request_shares (place, profile, in_force_from, most, most_each, waiting_each)
    values ('answers', 'production', '2026-01-01', 200, 6, 500),
           ('answers', 'development', '2026-01-01', 1000, 500, 3000);
  insert into request_limits (class, counted_by, profile, in_force_from, window_s, most)
    select class, counted_by, profile, '2026-01-02'::date, 1, most / 2
    from request_limits
    where class in ('money', 'read', 'wait') and window_s = 2 and in_force_from = '2026-01-01';
`;
