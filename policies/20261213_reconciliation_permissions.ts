// Everybody who looks at cases sees what does not fit; those who work on it import files, run a day again and take a
// break on. What becomes of the money of one is proposed and decided in the area `cases`.
export const sql = `
  insert into permissions (name, does) values ('recon.read', 'read'), ('recon.write', 'change');
  insert into role_permissions (role, kind, only_reads, both_halves, permission, area, does, reach)
    select r.name, r.kind, r.only_reads, r.both_halves, p.name, p.area, p.does, 'all'
    from (
      select role, 'recon.read' as permission
        from unnest(array['viewer', 'auditor', 'ops', 'finance', 'operator', 'admin', 'founder']) as role
      union select role, 'recon.write' from unnest(array['ops', 'finance', 'operator', 'founder']) as role) as g
    join roles r on r.name = g.role join permissions p on p.name = g.permission;
`;
