// What the bank says of settlements takes effect when a second person lets it, within three days; the same where persons say
// what became of one that the bank does not answer.
export const sql = `
  insert into approval_rules (action, in_force_from, area, expires_after_s) values
    ('settlement.answer', '2026-01-01', 'settlements', 259200),
    ('settlement.end', '2026-01-01', 'settlements', 259200);
`;
