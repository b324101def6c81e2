// How long notes of provider calls are kept: CERT-In Directions of 28-Apr-2022 ask for 180 days.
export const sql = `
  insert into api_log_policies values ('2022-06-28', 180);
`;
