// Whoever has an account is told when a beneficiary came onto its list and when one left it: a thief adds one and pays to
// it. Several within some minutes are told together. Of an account number the last four alone.
const TEXTS = `
  ('beneficiary_added', 'en', 1, 'A beneficiary was added',
    'Beneficiaries added to your Munim account: {count}, the last on {when}, ending in {end}. If that was not you, set a '
    'new password and call us at once.'),
  ('beneficiary_added', 'hi', 2, 'लाभार्थी जोड़ा गया',
    'आपके मुनीम खाते में जोड़े गए लाभार्थी: {count}, आखिरी {when} को, अंत में {end}। अगर यह आप नहीं थे तो तुरंत नया पासवर्ड '
    'बनाएं और हमें फोन करें।'),
  ('beneficiary_archived', 'en', 3, 'A beneficiary was removed',
    'Beneficiaries removed from your Munim account: {count}, the last on {when}, ending in {end}. If that was not you, '
    'set a new password and call us at once.'),
  ('beneficiary_archived', 'hi', 4, 'लाभार्थी हटाया गया',
    'आपके मुनीम खाते से हटाए गए लाभार्थी: {count}, आखिरी {when} को, अंत में {end}। अगर यह आप नहीं थे तो तुरंत नया पासवर्ड '
    'बनाएं और हमें फोन करें।')`;

export const sql = `
  insert into notification_kinds (kind, in_force_from, lives_ms, is_repeated, retry_ms) values
    ('beneficiary_added', '2026-01-01', 86400000, true, '{5000,30000,120000,600000}'),
    ('beneficiary_archived', '2026-01-01', 86400000, true, '{5000,30000,120000,600000}');
  insert into notification_templates
    (kind, channel, language, profile, in_force_from, subject, body, dlt_template_id)
  select t.kind, c.channel, t.language, p.profile, '2026-01-01', case c.channel when 'email' then t.subject end, t.body,
    case when c.channel = 'sms' and p.profile = 'development' then '1107160000000009200' || t.n end
  from (values ${TEXTS}) as t(kind, language, n, subject, body),
    (values ('sms'), ('email')) as c(channel), (values ('production'), ('development')) as p(profile);

  -- Support takes one off the list of a customer who calls: the customer may add it again.
  insert into permissions (name, does) values ('beneficiaries.archive', 'change');
  insert into role_permissions (role, kind, only_reads, both_halves, permission, area, does, reach)
    select r.name, r.kind, r.only_reads, r.both_halves, p.name, p.area, p.does, 'all'
    from unnest(array['support', 'ops', 'operator', 'founder']) as g(role)
    join roles r on r.name = g.role join permissions p on p.name = 'beneficiaries.archive';
`;
