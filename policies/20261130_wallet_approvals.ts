// In which area what moves or frees the money of wallets is proposed and decided. Nothing here is done by one alone.
export const sql = `
  insert into approval_rules (action, in_force_from, area, expires_after_s) values
    ('wallet.debit', '2026-01-01', 'funds', 259200),
    ('adjustment.credit', '2026-01-01', 'funds', 259200),
    ('adjustment.debit', '2026-01-01', 'funds', 259200),
    ('fund_request.approve', '2026-01-01', 'funds', 259200),
    ('wallet.unfreeze', '2026-01-01', 'funds', 259200),
    ('lien.release', '2026-01-01', 'funds', 259200),
    ('credit_line.set', '2026-01-01', 'limits', 259200);
`;
