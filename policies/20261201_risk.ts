// What the rules of risk find, and from when on. The thresholds are ours: they are tuned by `munim risk propose`, which
// adds rows, once false alarms are counted. In development nobody is stopped, and only what a test plants is found.
const RULES: readonly (readonly [
  name: string,
  pattern: string,
  action: string,
  windowS: number,
  threshold: number,
  more: Readonly<Record<string, number>>,
  source: string,
])[] = [
  ['velocity', 'velocity', 'case', 600, 120, {}, 'more than one in five seconds is a program, not a counter'],
  ['day_amount', 'amount', 'case', 86_400, 1_000_000, {}, 'in rupees; ten lakh a day'],
  [
    ...(['under_50000', 'just_under', 'case', 86_400, 3] as const),
    { limit_paise: 5_000_000, percent: 4 },
    'PAN is asked for from 50,000 rupees: more than three a day just under it are splitting',
  ],
  ['night_burst', 'night', 'case', 3_600, 15, { from_hour: 23, to_hour: 5 }, 'shops are closed'],
  ['declines', 'declines', 'case', 3_600, 12, { percent: 60 }, 'stolen numbers are tried out'],
  [
    ...(['new_device', 'new_device', 'hold', 86_400, 0] as const),
    { least_paise: 2_500_000, stop_s: 86_400 },
    'the first large sums after a sign-in on a new device are looked at',
  ],
  [
    ...(['dormant_agent', 'dormant', 'hold', 5_184_000, 0] as const),
    { least_paise: 2_500_000, stop_s: 86_400 },
    'who did nothing for sixty days and begins with a large sum may be somebody else',
  ],
  ['spraying', 'sprayed', 'case', 3_600, 10, {}, 'one password for many people, from one address'],
  ['guessing', 'guessed', 'case', 86_400, 20, {}, 'many passwords for one person'],
  [
    'customer_tour',
    'customer_at_many',
    'case',
    86_400,
    4,
    {},
    'one customer at more than four counters a day',
  ],
  [
    'mule',
    'payee_of_many',
    'case',
    604_800,
    5,
    {},
    'one account is paid by more than five users within a week',
  ],
  ['penny_drops', 'penny_drops', 'case', 86_400, 25, {}, 'names of account holders are farmed'],
];
const COLUMNS = ['least_paise', 'limit_paise', 'percent', 'from_hour', 'to_hour', 'stop_s'] as const;

const value = (given: number | undefined, column: string): string =>
  String(given ?? (column === 'least_paise' ? 0 : 'null'));
const rules = RULES.flatMap(([name, pattern, action, windowS, threshold, more, source]) =>
  (['production', 'development'] as const).map((profile) => {
    const isLive = profile === 'production';
    const columns = COLUMNS.map((column) => value(more[column], column)).join(', ');
    return `('${name}', '${profile}', '2026-04-01', '${pattern}', ${isLive}, '${isLive ? action : 'case'}', ${windowS},
      ${threshold}, ${columns}, '${source}')`;
  }),
);

export const sql = `
  insert into risk_rules (name, profile, in_force_from, pattern, is_on, action, window_s, threshold,
    ${COLUMNS.join(', ')}, source) values ${rules.join(', ')};
  insert into approval_rules (action, in_force_from, area, expires_after_s) values
    ('case.release', '2026-01-01', 'cases', 259200),
    ('risk.rule', '2026-01-01', 'limits', 259200);
  insert into permissions (name, does) values ('risk.read', 'read'), ('risk.judge', 'change');
  insert into role_permissions (role, kind, only_reads, both_halves, permission, area, does, reach)
    select r.name, r.kind, r.only_reads, r.both_halves, p.name, p.area, p.does, 'all'
    from (values ('viewer', 'risk.read'), ('auditor', 'risk.read'), ('ops', 'risk.read'), ('ops', 'risk.judge'),
      ('operator', 'risk.read'), ('operator', 'risk.judge'), ('finance', 'risk.read'), ('admin', 'risk.read'),
      ('founder', 'risk.read'), ('founder', 'risk.judge')) as g(role, permission)
    join roles r on r.name = g.role join permissions p on p.name = g.permission;
`;
