// What may be moved between wallets by their users. An agent's AEPS money and commission go to the main wallet, which
// pays; only main wallets send to others. Of a pull-back the cap of the day is lower: it takes what another has.
export const sql = `
  insert into wallet_transfer_rules values
    ('move', 'aeps', 'main', '2026-04-01', 100, 1000000000000, null),
    ('move', 'commission', 'main', '2026-04-01', 100, 1000000000000, null),
    ('transfer', 'main', 'main', '2026-04-01', 100, 50000000, 2000000000),
    ('pull_back', 'main', 'main', '2026-04-01', 100, 50000000, 500000000);
`;
