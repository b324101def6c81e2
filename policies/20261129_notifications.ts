// What people are told about their sign-in, in English and Hindi. An SMS needs the id under which the operators know
// its text (DLT): those of development are made up, and production has none until a file of yours adds rows with them
// (docs/runbooks/notifications.md). A text may only be changed together with its id.
const TEXTS = `
  ('sign_in_code', 'en', 'Your code for Munim',
    '{code} is your code to sign in to Munim. It is valid for {minutes} minutes. Tell it to nobody, not '
    'to us either.'),
  ('sign_in_code', 'hi', 'मुनीम के लिए आपका कोड',
    '{code} मुनीम में साइन इन करने का आपका कोड है। यह {minutes} मिनट तक मान्य है। इसे किसी को न बताएं, '
    'हमें भी नहीं।'),
  ('password_code', 'en', 'Your code for a new password',
    '{code} is your code to set a new password for Munim. It is valid for {minutes} minutes. Tell it to '
    'nobody. If you did not ask for it, do nothing.'),
  ('password_code', 'hi', 'नए पासवर्ड के लिए आपका कोड',
    '{code} मुनीम का नया पासवर्ड बनाने का आपका कोड है। यह {minutes} मिनट तक मान्य है। इसे किसी को न '
    'बताएं। अगर आपने नहीं मांगा तो कुछ न करें।'),
  ('contact_code', 'en', 'Confirm your new address',
    '{code} is the code that confirms this number or address for Munim. It is valid for {minutes} '
    'minutes. Tell it to nobody.'),
  ('contact_code', 'hi', 'अपना नया पता पक्का करें',
    '{code} मुनीम के लिए इस नंबर या पते को पक्का करने का कोड है। यह {minutes} मिनट तक मान्य है। इसे '
    'किसी को न बताएं।'),
  ('new_device', 'en', 'A new device signed in',
    'A new device signed in to your Munim account on {when}: {device}. If that was not you, set a new '
    'password at once.'),
  ('new_device', 'hi', 'नए डिवाइस से साइन इन हुआ',
    'आपके मुनीम खाते में {when} को नए डिवाइस से साइन इन हुआ: {device}। अगर यह आप नहीं थे तो तुरंत नया '
    'पासवर्ड बनाएं।'),
  ('password_changed', 'en', 'Your password was changed',
    'The password of your Munim account was changed on {when}. Payouts rest until {until}. If that was '
    'not you, call us at once.'),
  ('password_changed', 'hi', 'आपका पासवर्ड बदला गया',
    'आपके मुनीम खाते का पासवर्ड {when} को बदला गया। {until} तक भुगतान रुके रहेंगे। अगर यह आप नहीं थे तो '
    'तुरंत हमें फोन करें।'),
  ('password_set', 'en', 'You have a new password',
    'The password of your Munim account was changed on {when} by somebody who is signed in. If that was '
    'not you, set a new one at once.'),
  ('password_set', 'hi', 'आपका पासवर्ड नया है',
    'आपके मुनीम खाते का पासवर्ड {when} को बदला गया। अगर यह आप नहीं थे तो तुरंत नया पासवर्ड बनाएं।'),
  ('contact_changed', 'en', 'Your number or address was changed',
    'The mobile number or e-mail address of your Munim account was changed on {when}. Payouts rest '
    'until {until}. If that was not you, call us at once.'),
  ('contact_changed', 'hi', 'आपका नंबर या पता बदला गया',
    'आपके मुनीम खाते का मोबाइल नंबर या ई-मेल {when} को बदला गया। {until} तक भुगतान रुके रहेंगे। अगर यह '
    'आप नहीं थे तो तुरंत हमें फोन करें।')`;

export const sql = `
  insert into notification_kinds (kind, in_force_from, lives_ms, is_repeated, retry_ms) values
    -- a code that may have been sent is asked for again by the person, never repeated by us
    ('sign_in_code', '2026-01-01', 300000, false, '{1000,3000,10000,30000}'),
    ('password_code', '2026-01-01', 600000, false, '{1000,3000,10000,30000}'),
    ('contact_code', '2026-01-01', 600000, false, '{1000,3000,10000,30000}'),
    -- a warning that comes twice is better than one that does not come
    ('new_device', '2026-01-01', 86400000, true, '{5000,30000,120000,600000}'),
    ('password_changed', '2026-01-01', 86400000, true, '{5000,30000,120000,600000}'),
    ('password_set', '2026-01-01', 86400000, true, '{5000,30000,120000,600000}'),
    ('contact_changed', '2026-01-01', 86400000, true, '{5000,30000,120000,600000}');
  insert into notification_templates
    (kind, channel, language, profile, in_force_from, subject, body, dlt_template_id)
  select t.kind, c.channel, t.language, p.profile, '2026-01-01', case c.channel when 'email' then t.subject end, t.body,
    case when c.channel = 'sms' and p.profile = 'development'
      then '11071600000000' || lpad((row_number() over (order by t.kind, t.language, c.channel, p.profile))::text, 5, '0')
    end
  from (values ${TEXTS}) as t(kind, language, subject, body),
    (values ('sms'), ('email')) as c(channel), (values ('production'), ('development')) as p(profile);
`;
