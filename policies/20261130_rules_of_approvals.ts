// In which area each action is proposed and decided, and how long a proposal waits for its second person: three days,
// so that a weekend and a holiday pass; a change of what somebody may do, one day. Nothing here is done by one alone.
export const sql = `
  insert into approval_rules (action, in_force_from, area, expires_after_s) values
    ('case.decide', '2026-01-01', 'cases', 259200),
    ('case.write_off', '2026-01-01', 'cases', 259200),
    ('case.charge', '2026-01-01', 'cases', 259200),
    ('bank.opening', '2026-01-01', 'funds', 259200),
    ('float.opening', '2026-01-01', 'funds', 259200),
    ('float.top_up', '2026-01-01', 'funds', 259200),
    ('float.withdrawal', '2026-01-01', 'funds', 259200),
    ('float.fees', '2026-01-01', 'funds', 259200),
    ('wallet.credit', '2026-01-01', 'funds', 259200),
    ('wallet.collect', '2026-01-01', 'funds', 259200),
    ('user.move', '2026-01-01', 'users', 259200),
    ('staff.role', '2026-01-01', 'staff', 86400),
    ('role.permit', '2026-01-01', 'roles', 86400),
    ('role.forbid', '2026-01-01', 'roles', 86400);
`;
