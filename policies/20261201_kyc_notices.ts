// When people are told that their KYC has to be done again, and in which words. Three months, two and one before the
// day and after it are what the RBI asks for (KYC Direction, amended 12-Jun-2025); a week before and on the day are ours.
const TEXTS = `
  ('kyc_due', 'en', 'Your KYC is due again',
    'Your KYC with Munim has to be done again by {day}. Do it in the app: after that day your limits fall.'),
  ('kyc_due', 'hi', 'आपका केवाईसी फिर से करना है',
    'मुनीम में आपका केवाईसी {day} तक फिर से करना है। ऐप में करें: उसके बाद आपकी सीमाएं घट जाएंगी।'),
  ('kyc_overdue', 'en', 'Your KYC is overdue',
    'Your KYC with Munim was due on {day}. Do it in the app now: your limits fall, or have fallen.'),
  ('kyc_overdue', 'hi', 'आपका केवाईसी बाकी है',
    'मुनीम में आपका केवाईसी {day} को करना था। अभी ऐप में करें: आपकी सीमाएं घट रही हैं या घट चुकी हैं।')`;

export const sql = `
  insert into kyc_terms (risk, in_force_from, renew_after_months, grace_days, after_tier, notice_days, source)
    select distinct on (risk) risk, '2026-12-01'::date, renew_after_months, grace_days, after_tier,
      '{-90,-60,-30,-7,0,30,60,90}'::smallint[], source
    from kyc_terms where in_force_from < '2026-12-01' order by risk, in_force_from desc;
  insert into notification_kinds (kind, in_force_from, lives_ms, is_repeated, retry_ms) values
    ('kyc_due', '2026-01-01', 259200000, true, '{5000,30000,120000,600000}'),
    ('kyc_overdue', '2026-01-01', 259200000, true, '{5000,30000,120000,600000}');
  insert into notification_templates
    (kind, channel, language, profile, in_force_from, subject, body, dlt_template_id)
  select t.kind, c.channel, t.language, p.profile, '2026-01-01', case c.channel when 'email' then t.subject end, t.body,
    case when c.channel = 'sms' and p.profile = 'development'
      then '11071600000001' || lpad((row_number() over (order by t.kind, t.language, c.channel, p.profile))::text, 5, '0')
    end
  from (values ${TEXTS}) as t(kind, language, subject, body),
    (values ('sms'), ('email')) as c(channel), (values ('production'), ('development')) as p(profile);
`;
