// Who proposes and who decides about KYC, and how long a proposal waits: a week, since papers are asked for meanwhile.
export const sql = `
  insert into approval_rules (action, in_force_from, area, expires_after_s) values
    ('kyc.decide', '2026-01-01', 'kyc', 604800),
    ('screening.decide', '2026-01-01', 'kyc', 604800);
`;
