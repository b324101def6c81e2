// When a service that nobody uses falls asleep. RBI asks it of AePS (RBI/2025-26/63), whose agents have a rule of their
// own (`aeps_timings`): they are verified by the bank again. The other services follow it: an account that wakes up after
// a long time is a sign of a stolen one.
export const sql = `
  insert into dormancy_policies (service, in_force_from, months, source)
  values ('aeps', '2026-01-01', null, 'aeps_timings'),
    ('dmt', '2026-01-01', 3, 'own policy'),
    ('payout', '2026-01-01', 3, 'own policy'),
    ('bbps', '2026-01-01', 3, 'own policy'),
    ('recharge', '2026-01-01', 3, 'own policy');
`;
