// How many short requests of one key are worked on at once in one process: with ten connections to the database more
// would wait there, before those of others. One user of development stands for a whole network.
export const sql = `
  insert into request_shares (place, profile, in_force_from, most, most_each, waiting_each)
    values ('answers', 'production', '2026-01-01', 200, 6, 500),
           ('answers', 'development', '2026-01-01', 1000, 500, 3000);
`;
