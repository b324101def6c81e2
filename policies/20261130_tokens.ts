// How long people stay signed in, and how long a key signs. A person who opens the app once in thirty days stays signed
// in for half a year; an access token ends after ten minutes whatever happens.
export const sql = `
  insert into token_policies
    (profile, in_force_from, access_s, refresh_idle_s, session_s, key_signs_s, key_shown_before_s)
  select profile, '2026-01-01'::date, 600, 30 * 86400, 180 * 86400, 30 * 86400, 86400
  from (values ('production'), ('development')) as p(profile);
`;
