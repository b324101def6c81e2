// When commission is paid, the tax that is deducted from it, and who decides about schemes.
//
// What a provider pays us is shared a day after it came; of our own fee for payouts a month's is shared, since banks
// return payouts for some days. Tax: from the first rupee, as the market does; the threshold counts where
// from_first_rupee is false: then the crossing credit catches up the whole year.
const TDS: readonly (readonly [
  from: string,
  section: string,
  code: string | null,
  form: string,
  bps: number,
  threshold: bigint,
  source: string,
])[] = [
  ['2016-06-01', '194H', null, '26Q', 500, 1_500_000n, 'Income-tax Act 1961, s.194H; Finance Act 2016'],
  ['2024-10-01', '194H', null, '26Q', 200, 1_500_000n, 'Finance (No. 2) Act 2024: 2 % from 1-Oct-2024'],
  [
    '2025-04-01',
    '194H',
    null,
    '26Q',
    200,
    2_000_000n,
    'Finance Act 2025: 20,000 rupees a year from 1-Apr-2025',
  ],
  [
    '2026-04-01',
    '393(1)-1(ii)',
    '1006',
    '140',
    200,
    2_000_000n,
    'Income-tax Act 2025, s.393(1), table, number 1(ii); rules of 20-Mar-2026. The 20 % without a PAN (s.397(2)) is to be verified',
  ],
];
const NO_PAN_BPS = 2_000;
const tds = TDS.map(
  ([from, section, code, form, bps, threshold, source]) =>
    `('${from}', '${section}', ${code === null ? 'null' : `'${code}'`}, '${form}', ${bps}, ${NO_PAN_BPS}, ${threshold}, true, '${source}')`,
);

export const sql = `
  insert into commission_terms (service, in_force_from, basis, mode, waits_days) values
    ('dmt', '2026-04-01', 'provider', 'daily', 0),
    ('bbps', '2026-04-01', 'provider', 'daily', 0),
    ('recharge', '2026-04-01', 'provider', 'daily', 0),
    ('aeps', '2026-04-01', 'provider', 'daily', 0),
    ('payout', '2026-04-01', 'fee', 'monthly', 3);
  insert into commission_tds_rules (in_force_from, section, payment_code, form, bps, no_pan_bps, threshold_paise,
    from_first_rupee, source) values ${tds.join(', ')};

  insert into permissions (name, does) values ('commissions.read', 'read'), ('commissions.propose', 'propose'),
    ('commissions.decide', 'decide');
  insert into role_permissions (role, kind, only_reads, both_halves, permission, area, does, reach)
    select r.name, r.kind, r.only_reads, r.both_halves, p.name, p.area, p.does, 'all'
    from (values ('viewer', 'read'), ('auditor', 'read'), ('support', 'read'), ('ops', 'read'), ('finance', 'read'),
        ('operator', 'read'), ('admin', 'read'), ('founder', 'read'),
        ('ops', 'propose'), ('operator', 'propose'), ('founder', 'propose'),
        ('finance', 'decide'), ('operator', 'decide'), ('founder', 'decide')) as g(role, does)
    join roles r on r.name = g.role join permissions p on p.area = 'commissions' and p.does = g.does;
  insert into approval_rules (action, in_force_from, area, expires_after_s) values
    ('scheme.make', '2026-01-01', 'commissions', 604800),
    ('scheme.rule', '2026-01-01', 'commissions', 604800),
    ('scheme.plan', '2026-01-01', 'commissions', 604800);
`;
