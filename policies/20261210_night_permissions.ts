// Everybody of the staff sees how far the nights are; who keeps the platform moves the clock of a rehearsal.
export const sql = `
  insert into permissions (name, does) values ('nights.read', 'read'), ('nights.write', 'change');
  insert into role_permissions (role, kind, only_reads, both_halves, permission, area, does, reach)
    select r.name, r.kind, r.only_reads, r.both_halves, p.name, p.area, p.does, 'all'
    from (
      select role, 'nights.read' as permission
        from unnest(array['viewer', 'auditor', 'support', 'ops', 'finance', 'operator', 'admin', 'founder']) as role
      union select role, 'nights.write' from unnest(array['ops', 'operator', 'admin', 'founder']) as role) as g
    join roles r on r.name = g.role join permissions p on p.name = g.permission;
`;
