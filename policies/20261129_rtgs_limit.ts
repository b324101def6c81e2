// RazorpayX takes RTGS above two lakh rupees and not from there on ("Above ₹2 lakh", x/payouts, April 2026). IMPS up to
// five lakh and UPI up to one lakh are as before.
export const sql = `
  insert into amount_limits values ('payout', 'RTGS', '2026-11-29', 20000001, 1000000000000);
`;
