// Whose reports are read, in which order a row looks for its transaction, and what may differ. References name a
// payment; an amount on a day names nobody, and is a suggestion. One paisa a row is rounding; a row of one side waits
// two days for the other. Our own statements of banks are added by `munim recon source`: they differ by company.
export const sql = `
  insert into recon_sources (name, kind, provider, services, format, is_complete) values
    ('eko', 'report', 'eko', '{dmt,bbps,recharge,aeps}', 'eko_day', true),
    ('setu_bbps', 'report', 'setu', '{bbps}', 'setu_bbps_day', true),
    ('setu_recharge', 'report', 'setu', '{recharge}', 'setu_recharge_day', true),
    ('razorpayx', 'movements', 'razorpayx', '{payout}', 'razorpayx_transactions', false);

  insert into recon_rules (rank, in_force_from, name, is_suggestion, days) values
    (1, '2026-01-01', 'provider_reference', false, 31),
    (2, '2026-01-01', 'our_reference', false, 31),
    (3, '2026-01-01', 'utr_amount', false, 7),
    (4, '2026-01-01', 'amount_day', true, 1);

  insert into recon_terms (in_force_from, tolerance_paise, cutoff_minutes, carry_days, missing_files, suspense_alarm_days,
    suspense_escalation_days, source) values
    ('2026-01-01', 1, 60, 2, 3, 7, 30, 'ours: fee rounding up to a paisa, cut-off carried for two days');

  insert into approval_rules (action, in_force_from, area, expires_after_s) values
    ('break.settle', '2026-01-01', 'cases', 259200);
`;
