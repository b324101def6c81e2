import list from '../domain/calendar/bank-holidays-2025-2026.json';

// The bank holidays of 2025 and 2026 by office of the RBI, as collected on 28-Nov-2026, and which rail stops on them.
// Each row has its source. Chandigarh has rows of three months of 2026 only, so its years count as missing; 2027 was
// not published, and its national days of fixed date are rows of a year that is missing as well.
const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const KNOWN_FROM = '2024-12-01';

const offices = list.offices.map((name) => `(${text(name)})`);
const years = list.years.map(
  ({ office, year, coverage }) => `(${text(office)}, ${year}, ${text(coverage)}, 'RBI, see its days')`,
);
const days = list.days.flatMap(({ day, kinds, name, source, certainty, offices: at }) =>
  (typeof at === 'string' ? list.offices : at).map(
    (office) =>
      `(${text(office)}, '${day}', '${KNOWN_FROM}', array[${kinds.map(text).join(', ')}], ${text(name)}, ` +
      `${text(source)}, ${text(certainty)})`,
  ),
);

export const sql = `
  insert into rbi_offices (name) values ${offices.join(', ')};
  insert into holiday_years (office, year, coverage, source) values ${years.join(', ')};
  insert into bank_holidays (office, day, known_from, kinds, name, source, certainty) values ${days.join(',\n')};
  insert into weekly_closings (weekday, in_force_from, weeks, source) values
    (0, '1950-01-01', '{1, 2, 3, 4, 5}', 'every Sunday'),
    (6, '1950-01-01', '{}', 'half a day until 2015'),
    (6, '2015-09-01', '{2, 4}', 'RBI: second and fourth Saturday; the first, third and fifth are working days');
  insert into rail_days (rail, in_force_from, runs, source) values
    ('IMPS', '2010-11-22', 'always', 'NPCI'),
    ('UPI', '2016-04-11', 'always', 'NPCI'),
    ('AEPS', '2011-01-01', 'always', 'NPCI; for customers'),
    ('NEFT', '2010-01-01', 'banking_days', 'RBI'),
    ('NEFT', '2019-12-16', 'always', 'RBI: 24x7 since December 2019'),
    ('RTGS', '2010-01-01', 'banking_days', 'RBI'),
    ('RTGS', '2020-12-14', 'always', 'RBI: since 14-Dec-2020 00:30, but between the end and the start of its day'),
    ('INTERBANK', '2010-01-01', 'weekdays', 'settlement of UPI, IMPS, AePS, NETC, NFS and RuPay, five days a week'),
    ('INTERBANK', '2020-12-14', 'always', 'over RTGS on all days'),
    ('NACH', '2010-01-01', 'banking_days', 'RBI'),
    ('NACH', '2021-08-01', 'always', 'RBI, 4-Jun-2021'),
    ('BRANCH', '2010-01-01', 'banking_days', 'the list of its place'),
    ('GATEWAY', '2010-01-01', 'banking_days', 'Razorpay counts working days; of which place is not said'),
    ('AEPS_TO_BANK', '2010-01-01', 'weekdays', 'Eko: Monday to Friday without holidays of the RBI');
`;
