// Before what cannot be taken back (a secret that was shown, personal data that was seen) staff show the code of their
// authenticator, five minutes ago at most. On a machine for development nobody has one.
export const sql = `
  insert into staff_proof_rules (action, profile, in_force_from, within_s, source)
  select action, profile, '2026-01-01'::date, within_s, 'ASVS 5.0, 7.5.3: a second factor before highly sensitive operations'
  from (values ('key'), ('export'), ('unmask')) as a(action),
    (values ('production', 300), ('development', null)) as p(profile, within_s);
`;
