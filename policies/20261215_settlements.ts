// When wallets are settled to bank accounts, what it costs, and who sees and decides about it.
//
// AEPS by our own payouts on the days and in the hours of the acquirer, commission once a day by a file to our bank.
// Prices are those of Eko, GST on top. One item is at most two lakh rupees; the rest waits for the next cut-off.
export const sql = `
  insert into settlement_rules (wallet_kind, in_force_from, is_on, pays_by, cutoffs, rail, office, minimum_paise,
    maximum_paise, bank, source) values
    ('aeps', '2026-01-01', true, 'payout', '{12:00,17:00}', 'AEPS_TO_BANK', 'Mumbai', 10000, 20000000, null,
      'Eko: Monday to Friday to 17:00, without holidays of the RBI; at most two lakh'),
    ('commission', '2026-01-01', true, 'bank_file', '{17:00}', 'BRANCH', 'Mumbai', 10000, 20000000, 'escrow', 'ours');
  insert into prices (service, mode, up_to_paise, in_force_from, fee_paise, provider_fee_paise) values
    ('settlement', 'aeps', 2500000, '2026-01-01', 500, 0), ('settlement', 'aeps', 1000000000000, '2026-01-01', 1000, 0),
    ('settlement', 'commission', 1000000000000, '2026-01-01', 0, 0);

  insert into permissions (name, does) values ('settlements.read', 'read'), ('settlements.propose', 'propose'),
    ('settlements.decide', 'decide');
  insert into role_permissions (role, kind, only_reads, both_halves, permission, area, does, reach)
    select r.name, r.kind, r.only_reads, r.both_halves, p.name, p.area, p.does, 'all'
    from (values ('viewer', 'read'), ('auditor', 'read'), ('support', 'read'), ('ops', 'read'), ('finance', 'read'),
        ('operator', 'read'), ('admin', 'read'), ('founder', 'read'),
        ('ops', 'propose'), ('operator', 'propose'), ('founder', 'propose'),
        ('finance', 'decide'), ('operator', 'decide'), ('founder', 'decide')) as g(role, does)
    join roles r on r.name = g.role join permissions p on p.area = 'settlements' and p.does = g.does;
`;
