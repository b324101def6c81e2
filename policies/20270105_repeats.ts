// How long an order stands in the way of another one of the same service, target and amount by the same user: people tap
// twice, or try again what seemed to hang. Programs send each order once, under its key; another row binds them too.
export const sql = `
  insert into repeat_rules (service, profile, in_force_from, binds, window_s, source) values
    ('payout', 'production', '2020-01-01', 'signed_in', 600, 'our own'),
    ('payout', 'development', '2020-01-01', 'nobody', 0, 'our own'),
    ('dmt', 'production', '2020-01-01', 'signed_in', 600, 'our own'),
    ('dmt', 'development', '2020-01-01', 'nobody', 0, 'our own');
`;
