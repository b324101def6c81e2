// What each role may do. Who proposes in an area does not decide there; the roles for a firm of few people have both
// halves, of different proposals. Of a role of the network, `own` is what belongs to its holder, `subtree` what
// belongs to anybody below as well.
export const sql = `
  insert into permissions (name, does)
    select name, case split_part(name, '.', 2)
      when 'read' then 'read' when 'find' then 'read' when 'propose' then 'propose' when 'decide' then 'decide'
      else 'change' end
    from unnest(array[
      'payouts.write', 'dmt.write', 'bbps.write', 'recharge.write', 'aeps.write', 'transactions.read',
      'wallets.read', 'wallets.write', 'wallets.pull_back', 'wallets.hold',
      'users.read', 'users.write', 'users.status', 'users.propose', 'users.decide',
      'api_keys.read', 'api_keys.write', 'kyc.read', 'kyc.write', 'kyc.unmask', 'kyc.propose', 'kyc.decide',
      'funds.propose', 'funds.decide', 'cases.read', 'cases.close', 'cases.propose', 'cases.decide',
      'limits.propose', 'limits.decide', 'approvals.read', 'terminals.write',
      'account.read', 'staff.read', 'staff.write', 'staff.propose', 'staff.decide',
      'roles.read', 'roles.propose', 'roles.decide',
      'queues.read', 'queues.wake', 'queues.tend', 'api_calls.read', 'transactions.find', 'policies.read',
      'audit.read', 'restores.read', 'restores.write', 'encryption.read', 'encryption.write']) as p(name);

  insert into role_permissions (role, kind, only_reads, both_halves, permission, area, does, reach)
    select r.name, r.kind, r.only_reads, r.both_halves, p.name, p.area, p.does, g.reach
    from (
      -- staff who look
      select role, name as permission, 'all' as reach
        from permissions, unnest(array['viewer', 'auditor']) as role where does = 'read'
      -- everybody else of the staff sees what they work with
      union select role, permission, 'all' from unnest(array['support', 'ops', 'finance', 'operator', 'admin']) as role,
        unnest(array['account.read', 'queues.read', 'api_calls.read', 'transactions.find', 'transactions.read',
          'wallets.read', 'users.read', 'api_keys.read', 'kyc.read', 'cases.read', 'approvals.read', 'policies.read',
          'staff.read', 'roles.read', 'restores.read', 'encryption.read']) as permission
      union select 'support', permission, 'all' from unnest(array['kyc.propose', 'kyc.unmask']) as permission
      union select role, permission, 'all' from unnest(array['ops', 'operator']) as role,
        unnest(array['queues.wake', 'cases.close', 'cases.propose', 'funds.propose', 'limits.propose', 'users.propose',
          'kyc.decide', 'kyc.unmask', 'users.write', 'terminals.write', 'wallets.hold', 'restores.write'])
          as permission
      union select role, permission, 'all' from unnest(array['finance', 'operator']) as role,
        unnest(array['cases.decide', 'funds.decide', 'limits.decide', 'users.decide', 'wallets.hold', 'audit.read'])
          as permission
      union select 'operator', 'kyc.propose', 'all'
      union select 'admin', permission, 'all' from unnest(array['users.write', 'users.status', 'users.decide',
        'api_keys.write', 'staff.write', 'staff.propose', 'staff.decide', 'roles.propose', 'roles.decide',
        'queues.wake', 'queues.tend', 'terminals.write', 'restores.write', 'encryption.write', 'audit.read'])
        as permission
      union select 'founder', name, 'all' from permissions

      -- the network: everybody serves customers, and sees and keeps what is theirs
      union select role, permission, 'own' from unnest(array['white_label', 'api_partner', 'master_distributor',
          'distributor', 'field_staff', 'retailer', 'sub_merchant']) as role,
        unnest(array['payouts.write', 'dmt.write', 'bbps.write', 'recharge.write', 'aeps.write', 'wallets.write',
          'funds.propose', 'api_keys.read', 'account.read']) as permission
      union select role, permission, 'own' from unnest(array['retailer', 'sub_merchant']) as role,
        unnest(array['transactions.read', 'wallets.read', 'kyc.read', 'kyc.write']) as permission
      -- a retailer keeps the tills below; a till keeps itself
      union select role, permission, reach
        from (values ('retailer', 'subtree'), ('sub_merchant', 'own')) as keeper(role, reach),
          unnest(array['users.read', 'users.write']) as permission
      union select role, permission, 'subtree' from unnest(array['white_label', 'api_partner', 'master_distributor',
          'distributor', 'field_staff']) as role,
        unnest(array['transactions.read', 'wallets.read', 'users.read', 'users.write', 'kyc.read', 'kyc.write'])
          as permission
      union select role, 'wallets.pull_back', 'subtree'
        from unnest(array['white_label', 'master_distributor', 'distributor']) as role
    ) as g(role, permission, reach)
    join roles r on r.name = g.role join permissions p on p.name = g.permission;
`;
