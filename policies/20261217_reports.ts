// How long files of reports are kept, and who of the staff may have which. Each report asks for a permission of its own
// besides: the books for who keeps or checks them, the rest for who works with it. Users of apps need none: they have
// what is theirs.
export const sql = `
  insert into report_rules (in_force_from, keep_s, link_s, most_open, source)
    values ('2026-04-01', 604800, 600, 5, 'our own: a week to fetch it, ten minutes for a link');
  insert into permissions (name, does) values ('reports.read', 'read'), ('books.read', 'read');
  insert into role_permissions (role, kind, only_reads, both_halves, permission, area, does, reach)
    select r.name, r.kind, r.only_reads, r.both_halves, p.name, p.area, p.does, 'all'
    from (select unnest(array['viewer', 'auditor', 'finance', 'ops', 'operator', 'admin', 'founder']) as role,
        'reports.read' as permission
      union select unnest(array['viewer', 'auditor', 'finance', 'operator', 'founder']), 'books.read') as g
    join roles r on r.name = g.role join permissions p on p.name = g.permission;
  insert into retention_rules (what, in_force_from, keep_days, is_log, on_request, source) values
    ('reports', '2026-04-01', 365, true, false,
      'CERT-In Directions 28-Apr-2022 (180 days); DPDP Rules 2025, rule 8(3) (a year)');
`;
