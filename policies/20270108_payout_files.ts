// Whoever may pay out may let a file of payouts be paid, if somebody else has brought it.
export const sql = `
  insert into permissions (name, does) values ('payouts.release', 'change');
  insert into role_permissions (role, kind, only_reads, both_halves, permission, area, does, reach)
    select g.role, g.kind, g.only_reads, g.both_halves, p.name, p.area, p.does, g.reach
    from role_permissions g join permissions p on p.name = 'payouts.release' where g.permission = 'payouts.write';
`;
