// What is kept of people and for how long. Logs: CERT-In asks for 180 days, the DPDP Rules 2025 (rule 8(3), in force from
// May 2027) for a year, which is kept already. Who somebody was: the Prevention of Money-Laundering Act asks for five
// years after they left. What is in the books stays: Companies Act, s.128, eight years, and nothing is taken out of a ledger.
const LOGS = 'CERT-In Directions 28-Apr-2022 (180 days); DPDP Rules 2025, rule 8(3) (a year)';
const IDENTITY = 'Prevention of Money-Laundering Act 2002, s.12: five years after the account was closed';
const BOOKS = 'Companies Act 2013, s.128 (eight years); Prevention of Money-Laundering Act 2002, s.12';

export const sql = `
  insert into retention_rules (what, in_force_from, keep_days, is_log, on_request, source) values
    ('sessions', '2026-04-01', 365, true, false, '${LOGS}'),
    ('notifications', '2026-04-01', 365, true, false, '${LOGS}'),
    ('devices', '2026-04-01', 365, true, false, '${LOGS}'),
    ('credentials', '2026-04-01', 30, false, true, 'DPDP Act 2023, s.8(7): no longer needed'),
    ('email', '2026-04-01', 1826, false, true, 'DPDP Act 2023, s.8(7): nobody is identified by it'),
    ('contacts', '2026-04-01', 1826, false, false, '${IDENTITY}'),
    ('kyc', '2026-04-01', null, false, false, '${IDENTITY}'),
    ('consents', '2026-04-01', null, false, false, 'DPDP Act 2023, s.6(10): we have to show that consent was given'),
    ('books', '2026-04-01', null, false, false, '${BOOKS}'),
    ('audit', '2026-04-01', null, true, false, '${LOGS}');

  insert into permissions (name, does) values
    ('privacy.read', 'read'), ('privacy.propose', 'propose'), ('privacy.decide', 'decide');
  insert into role_permissions (role, kind, only_reads, both_halves, permission, area, does, reach)
    select r.name, r.kind, r.only_reads, r.both_halves, p.name, p.area, p.does, 'all'
    from (values ('viewer', 'read'), ('auditor', 'read'), ('support', 'read'), ('ops', 'read'), ('finance', 'read'),
        ('operator', 'read'), ('admin', 'read'), ('founder', 'read'),
        ('support', 'propose'), ('operator', 'propose'), ('founder', 'propose'),
        ('admin', 'decide'), ('operator', 'decide'), ('founder', 'decide')) as g(role, does)
    join roles r on r.name = g.role join permissions p on p.area = 'privacy' and p.does = g.does;

  insert into approval_rules (action, in_force_from, area, expires_after_s) values
    ('privacy.export', '2026-01-01', 'privacy', 604800),
    ('privacy.erase', '2026-01-01', 'privacy', 604800);
`;
