// So long a transfer that was let go waits for a new one-time password of its sender, who has left the counter: a day.
// Then the money goes back.
export const sql = `
  update service_policies set released_for_ms = 86400000 where service = 'dmt';
`;
