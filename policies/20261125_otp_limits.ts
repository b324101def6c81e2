// How many one-time passwords are sent to one phone.
export const sql = `
  -- The most that a remitter may send in a month, split, takes 5 passwords in one request: six times that.
  -- A refund takes one.
  insert into otp_limits select kind, profile, '2026-01-01'::date, 600000, most
    from (values ('dmt_transfer', 30), ('dmt_refund', 5), ('dmt_ekyc', 10)) as l(kind, most),
    (values ('production'), ('development')) as p(profile);
`;
