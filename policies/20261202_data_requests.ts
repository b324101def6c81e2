// What people may ask about their data by themselves, and until when it is answered. The days are those of the law at
// most; how often is ours, since two persons work on each. A copy is fetched by a session, with the PIN and a code.
const TEXTS = `
  ('data_copy_code', 'en', 1, 'Your code for a copy of your data',
    '{code} is your code to fetch a copy of your data from Munim. It is valid for {minutes} minutes. Tell it to nobody. '
    'If you did not ask for it, call us at once.'),
  ('data_copy_code', 'hi', 2, 'आपके डेटा की प्रति के लिए कोड',
    '{code} मुनीम से आपके डेटा की प्रति लेने का कोड है। यह {minutes} मिनट तक मान्य है। इसे किसी को न बताएं। अगर आपने नहीं '
    'मांगा तो तुरंत हमें फोन करें।'),
  ('data_answered', 'en', 3, 'Your request about your data is answered',
    'Your request of {day} about your data at Munim is answered. Read the answer in the app.'),
  ('data_answered', 'hi', 4, 'आपके डेटा के अनुरोध का उत्तर',
    'मुनीम में अपने डेटा के बारे में {day} के आपके अनुरोध का उत्तर आ गया है। उत्तर ऐप में पढ़ें।')`;

export const sql = `
  insert into data_request_rules (kind, in_force_from, answer_days, most_in_30_days, copy_days, source) values
    ('export', '2026-01-01', 90, 3, 30, 'DPDP Act 2023, s.11; DPDP Rules 2025, rule 14(3)'),
    ('correction', '2026-01-01', 90, 5, null, 'DPDP Act 2023, s.12; DPDP Rules 2025, rule 14(3)'),
    ('erasure', '2026-01-01', 90, 3, null, 'DPDP Act 2023, s.12; DPDP Rules 2025, rule 14(3)');
  insert into approval_rules (action, in_force_from, area, expires_after_s) values
    ('privacy.correct', '2026-01-01', 'privacy', 604800);
  insert into step_up_rules
    (action, profile, in_force_from, pin_from_paise, code_from_paise, good_for_s, rests, source)
  select 'data_copy', profile, '2026-01-01'::date, 0, 0, 300, true, 'our own: it has everything that is kept of a person'
  from (values ('production'), ('development')) as p(profile);

  insert into notification_kinds (kind, in_force_from, lives_ms, is_repeated, retry_ms) values
    ('data_copy_code', '2026-01-01', 300000, false, '{1000,3000,10000,30000}'),
    ('data_answered', '2026-01-01', 259200000, true, '{5000,30000,120000,600000}');
  insert into notification_templates
    (kind, channel, language, profile, in_force_from, subject, body, dlt_template_id)
  select t.kind, c.channel, t.language, p.profile, '2026-01-01', case c.channel when 'email' then t.subject end, t.body,
    case when c.channel = 'sms' and p.profile = 'development' then '1107160000000009100' || t.n end
  from (values ${TEXTS}) as t(kind, language, n, subject, body),
    (values ('sms'), ('email')) as c(channel), (values ('production'), ('development')) as p(profile);
`;
