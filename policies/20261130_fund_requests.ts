// To which of our bank accounts users bring money, and how. Of cash one person may not bring two lakh rupees or more on
// one day (Income-tax Act 2025, s.186, in force from 1-Apr-2026): the cap is a paisa below it.
export const sql = `
  insert into fund_request_rules values
    ('escrow', 'IMPS', '2026-04-01', 10000, 50000000, null, 30),
    ('escrow', 'NEFT', '2026-04-01', 10000, 1000000000, null, 30),
    ('escrow', 'RTGS', '2026-04-01', 20000000, 10000000000, null, 30),
    ('escrow', 'UPI', '2026-04-01', 10000, 10000000, null, 30),
    ('escrow', 'CASH', '2026-04-01', 10000, 19999999, 19999999, 30);
`;
