// By when the taxes that we owe are paid to the state, and who books that.
export const sql = `
  insert into tax_due_rules (kind, in_force_from, due_day, march_due, warn_days, source) values
    ('tds', '2016-06-01', 7, '2000-04-30', 5, 'Income-tax Rules 1962, rule 30'),
    ('tds', '2026-04-01', 7, '2000-04-30', 5, 'Income-tax Rules 2026 (G.S.R. 198(E), 20-Mar-2026), rule 218'),
    ('gst', '2017-07-01', 20, null, 5, 'CGST Rules, rule 61: return in form GSTR-3B; to be verified');
  insert into approval_rules (action, in_force_from, area, expires_after_s) values
    ('tax.remit', '2026-01-01', 'settlements', 259200);
`;
