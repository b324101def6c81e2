// Untying an ops account from who somebody is at the company: one of the staff proposes it, another decides, and its
// owner is told by e-mail.
const TEXTS = `
  ('en', 'Your sign-in by your company was ended',
    'On {when} your account at the console of Munim was untied from your sign-in at your company. Sign in by your '
    'password. If you do not know why, tell another admin at once.'),
  ('hi', 'आपकी कंपनी से साइन इन बंद किया गया',
    '{when} को मुनीम के कंसोल का आपका खाता आपकी कंपनी के साइन इन से अलग किया गया। अपने पासवर्ड से साइन इन करें। अगर आपको '
    'कारण नहीं पता तो तुरंत किसी एडमिन को बताएं।')`;

export const sql = `
  insert into approval_rules (action, in_force_from, area, expires_after_s) values
    ('staff.untie', '2026-01-01', 'staff', 86400);
  insert into notification_kinds (kind, in_force_from, lives_ms, is_repeated, retry_ms) values
    ('identity_untied', '2026-01-01', 86400000, true, '{5000,30000,120000,600000}');
  insert into notification_templates
    (kind, channel, language, profile, in_force_from, subject, body, dlt_template_id)
  select 'identity_untied', 'email', t.language, p.profile, '2026-01-01', t.subject, t.body, null
  from (values ${TEXTS}) as t(language, subject, body), (values ('production'), ('development')) as p(profile);
`;
