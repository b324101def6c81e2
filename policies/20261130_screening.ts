// How alike a name must be to be looked at, and when a list is too old or was cut.
export const sql = `
  insert into screening_rules values ('2026-04-01', 80, 72, 10);
`;
