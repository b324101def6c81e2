// What networks claim of withdrawals back: until when an agent answers, who writes the claim and its end down, who approves the
// end, and in which words agents are told. The days are ours, of every day: the provider sends the answer on before the
// network's own last day, which the agreement with it says. To be compared with that agreement.
const TEXTS = `
  ('dispute_opened', 'en', 'A withdrawal is disputed',
    'A bank disputes a withdrawal of yours: {rupees} rupees are held, case {case}. Answer in the app until {day}.'),
  ('dispute_opened', 'hi', 'एक निकासी पर विवाद है',
    'एक बैंक ने आपकी निकासी पर विवाद किया है: {rupees} रुपये रोके गए हैं, केस {case}। {day} तक ऐप में उत्तर दें।'),
  ('dispute_won', 'en', 'A dispute is won',
    'The dispute {case} of {rupees} rupees is won. What was held at Munim is free again.'),
  ('dispute_won', 'hi', 'विवाद आपके पक्ष में रहा',
    '{rupees} रुपये का विवाद {case} आपके पक्ष में रहा। मुनीम में रोकी गई राशि अब मुक्त है।'),
  ('dispute_lost', 'en', 'A dispute is lost',
    'The dispute {case} of {rupees} rupees is lost. The bank takes the money back; see the app for what was taken.'),
  ('dispute_lost', 'hi', 'विवाद आपके विरुद्ध रहा',
    '{rupees} रुपये का विवाद {case} आपके विरुद्ध रहा। बैंक राशि वापस लेता है; क्या लिया गया, ऐप में देखें।'),
  ('dispute_given_back', 'en', 'A dispute is won after all',
    'The dispute {case} is won after all: {rupees} rupees that were taken at Munim are given back.'),
  ('dispute_given_back', 'hi', 'विवाद अंत में आपके पक्ष में रहा',
    'विवाद {case} अंत में आपके पक्ष में रहा: मुनीम में लिए गए {rupees} रुपये लौटा दिए गए।')`;

export const sql = `
  insert into dispute_rules (service, kind, in_force_from, evidence_days, rail, office, source) values
    ('aeps', 'chargeback', '2026-01-01', 5, 'AEPS', 'Mumbai', 'ours, to be compared with the agreement with the provider'),
    ('aeps', 'representment', '2026-01-01', 5, 'AEPS', 'Mumbai', 'ours, to be compared with the agreement with the provider');
  insert into permissions (name, does) values ('disputes.read', 'read'), ('disputes.write', 'change'),
    ('disputes.propose', 'propose'), ('disputes.decide', 'decide');
  insert into role_permissions (role, kind, only_reads, both_halves, permission, area, does, reach)
    select r.name, r.kind, r.only_reads, r.both_halves, p.name, p.area, p.does, 'all'
    from (values ('viewer', 'read'), ('auditor', 'read'), ('support', 'read'), ('ops', 'read'), ('finance', 'read'),
        ('operator', 'read'), ('admin', 'read'), ('founder', 'read'),
        ('ops', 'change'), ('operator', 'change'), ('founder', 'change'),
        ('ops', 'propose'), ('operator', 'propose'), ('founder', 'propose'),
        ('finance', 'decide'), ('operator', 'decide'), ('founder', 'decide')) as g(role, does)
    join roles r on r.name = g.role join permissions p on p.area = 'disputes' and p.does = g.does;
  insert into approval_rules (action, in_force_from, area, expires_after_s) values
    ('dispute.end', '2026-01-01', 'disputes', 259200);

  insert into notification_kinds (kind, in_force_from, lives_ms, is_repeated, retry_ms)
    select kind, '2026-01-01', 259200000, true, '{5000,30000,120000,600000}'
    from unnest(array['dispute_opened', 'dispute_won', 'dispute_lost', 'dispute_given_back']) as k(kind);
  insert into notification_templates
    (kind, channel, language, profile, in_force_from, subject, body, dlt_template_id)
  select t.kind, c.channel, t.language, p.profile, '2026-01-01', case c.channel when 'email' then t.subject end, t.body,
    case when c.channel = 'sms' and p.profile = 'development'
      then '11071600000002' || lpad((row_number() over (order by t.kind, t.language, c.channel, p.profile))::text, 5, '0')
    end
  from (values ${TEXTS}) as t(kind, language, subject, body),
    (values ('sms'), ('email')) as c(channel), (values ('production'), ('development')) as p(profile);
`;
