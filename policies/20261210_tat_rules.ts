// What a day of delay costs beyond the turnaround of service_policies, which has the days (T+1, of AePS T+5).
// Source: RBI DPSS.CO.PD No.629/02.01.014/2019-20, 20-Sep-2019, in force from 15-Oct-2019; for bills by the directions
// of 29-Feb-2024. For AePS the customer's bank account was debited: nobody of ours has a wallet that could take it.
const SOURCE = 'RBI DPSS.CO.PD No.629/02.01.014/2019-20';
export const sql = `
  insert into tat_rules (service, in_force_from, per_day_paise, credited, payer, source) values
    ('payout', '2019-10-15', 10000, 'wallet', 'provider', '${SOURCE}, IMPS and UPI'),
    ('dmt', '2019-10-15', 10000, 'wallet', 'provider', '${SOURCE}, IMPS'),
    ('recharge', '2019-10-15', 10000, 'wallet', 'provider', '${SOURCE}, as a prepaid instrument'),
    ('bbps', '2024-04-01', 10000, 'wallet', 'provider', '${SOURCE}, by the BBPS Directions 2024'),
    ('aeps', '2019-10-15', 10000, 'customer', 'provider', '${SOURCE}, AePS');
`;
