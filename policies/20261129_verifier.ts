// How fast the verifier goes through the books by itself. A hundredth of one connection's time; on small books it rests
// between two passes.
export const sql = `
  insert into verifier_policies (profile, step_rows, share_bp, pass_every_ms, statement_ms)
  values ('production', 500, 100, 900000, 5000), ('development', 500, 100, 5000, 5000);
`;
