// Requests under way in one process, those that wait included (1,000 of them may wait for an outcome). At 500 a second
// the last of 3,000 waits six seconds, longer than most apps do: it is better told to come back.
export const sql = `
  insert into request_shares (place, profile, in_force_from, most, most_each, waiting_each)
    select place, profile, '2026-01-02'::date, 2000, least(most_each, 2000), waiting_each
    from request_shares where place = 'requests' and in_force_from = '2026-01-01';
`;
