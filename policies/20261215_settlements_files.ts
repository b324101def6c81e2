// A file to our bank is released, or cancelled, by a second person within a day.
export const sql = `
  insert into approval_rules (action, in_force_from, area, expires_after_s) values
    ('settlement.release', '2026-01-01', 'settlements', 86400),
    ('settlement.cancel', '2026-01-01', 'settlements', 86400);
`;
