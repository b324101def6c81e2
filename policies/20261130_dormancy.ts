// When a service that nobody uses falls asleep. RBI asks it of AePS from 1-Jan-2026: no customer's transaction, financial
// or not, for three months; then the operator is verified again. The other services follow it: an account that wakes up
// after a long time is a sign of a stolen one.
export const sql = `
  insert into dormancy_policies (service, in_force_from, months, source)
  values ('aeps', '2026-01-01', 3, 'RBI/2025-26/63, 27-Jun-2025'),
    ('dmt', '2026-01-01', 3, 'own policy'),
    ('payout', '2026-01-01', 3, 'own policy'),
    ('bbps', '2026-01-01', 3, 'own policy'),
    ('recharge', '2026-01-01', 3, 'own policy');
`;
