// Everybody of the staff sees by which provider payments go and what is stopped; who keeps the work going stops a road
// and lets it go again. There is no rule yet: each service goes by the provider that is set.
export const sql = `
  insert into permissions (name, does) values ('routing.read', 'read'), ('routing.write', 'change');
  insert into role_permissions (role, kind, only_reads, both_halves, permission, area, does, reach)
    select r.name, r.kind, r.only_reads, r.both_halves, p.name, p.area, p.does, 'all'
    from (
      select role, 'routing.read' as permission
        from unnest(array['viewer', 'auditor', 'support', 'ops', 'finance', 'operator', 'admin', 'founder']) as role
      union select role, 'routing.write' from unnest(array['ops', 'operator', 'founder']) as role) as g
    join roles r on r.name = g.role join permissions p on p.name = g.permission;
`;
