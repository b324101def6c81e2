// What providers pay of what they owe us is booked by two persons, like all money by a person's word.
export const sql = `
  insert into approval_rules (action, in_force_from, area, expires_after_s) values
    ('receivable.receipt', '2026-01-01', 'funds', 259200);
`;
