// How long a lien stands without an order of a court: 90 days (MHA/I4C procedure for the money of cyber fraud, 2-Jan-2026).
export const sql = `
  insert into wallet_lien_rules values ('2026-01-02', 90);
`;
