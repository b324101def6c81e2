// What Eko pays us for a mini statement, before GST, by its price list. For a balance enquiry it pays nothing.
export const sql = `
  insert into provider_commissions (provider, service, class, up_to_paise, in_force_from, flat_paise, bps)
    values ('eko', 'aeps', 'mini_statement', 1000000000000, '2024-10-01', 75, 0);
`;
