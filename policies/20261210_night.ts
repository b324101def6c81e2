// When a business day is closed. Statements of the processes end within 20 s, so five minutes are many times enough.
export const sql = `
  insert into night_rules (profile, in_force_from, closes_after_s, first_days_back)
  values ('production', '2019-01-01', 300, 31), ('development', '2019-01-01', 60, 31);
`;
