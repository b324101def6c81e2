// How long documents of KYC are kept. Those of a record that was returned identified nobody; they go a year after a
// later record was approved. Documents that an approval stood on stay until the account is closed, also when later ones
// took their place: the Act counts from the end of the business with the person.
export const sql = `
  insert into retention_rules (what, in_force_from, keep_days, is_log, on_request, source) values
    ('kyc_documents', '2026-01-01', 1826, false, false,
      'Prevention of Money-Laundering Act 2002, s.12: five years after the account was closed'),
    ('kyc_replaced', '2026-01-01', 365, false, false, 'DPDP Act 2023, s.8(7): no longer needed');
`;
