// The code that confirms a payment, in English and Hindi: it names the amount and the payee, as the RBI's directions
// on authentication ask of a factor that is made for one payment. An SMS of production needs the id under which the
// operators know its text (DLT): a file of yours adds it (docs/runbooks/notifications.md).
const TEXTS = `
  ('en', 1, 'Your code for a payment',
    '{code} is your code to pay Rs {amount} to {payee} by Munim. It is valid for {minutes} minutes. Tell it to nobody. '
    'If you did not ask for it, call us at once.'),
  ('hi', 2, 'भुगतान के लिए आपका कोड',
    '{code} मुनीम से {payee} को {amount} रुपये भेजने का आपका कोड है। यह {minutes} मिनट तक मान्य है। इसे किसी को न '
    'बताएं। अगर आपने नहीं मांगा तो तुरंत हमें फोन करें।')`;

export const sql = `
  insert into notification_kinds (kind, in_force_from, lives_ms, is_repeated, retry_ms) values
    -- as long as a confirmation is good; one that may have been sent is not repeated, the person begins another
    ('payment_code', '2026-01-01', 300000, false, '{1000,3000,10000,30000}');
  insert into notification_templates
    (kind, channel, language, profile, in_force_from, subject, body, dlt_template_id)
  select 'payment_code', c.channel, t.language, p.profile, '2026-01-01',
    case c.channel when 'email' then t.subject end, t.body,
    case when c.channel = 'sms' and p.profile = 'development' then '1107160000000009000' || t.n end
  from (values ${TEXTS}) as t(language, n, subject, body),
    (values ('sms'), ('email')) as c(channel), (values ('production'), ('development')) as p(profile);
`;
