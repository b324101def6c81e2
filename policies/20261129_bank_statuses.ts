// What is known of banks beside the list of their IFSCs (docs/banks.md). Only the list says which codes have ended;
// a row names the bank that followed, closes a bank that the list still has, or says which rails do not reach it.
// A merger is in force here from the day its old codes were given up; where no source says that day, from the day
// of the merger: until its codes leave the list they are paid.
type Merged = readonly [bank: string, from: string, successor: string | null, successorName: string];

const OLD_CODES =
  'press on the banks’ own notices: zeenews.india.com 2375469 and jagran.com 10028950 (July 2021)';
const STATE_BANKS = 'State Bank of India, list of changed codes: medianama.com 2017/12/223-sbi-ifsc-codes';
const RURAL = 'Ministry of Finance, S.O. 1625(E) and following, 2025-04-05: zeenews.india.com 2892735';

const MERGED: readonly (readonly [source: string, banks: readonly Merged[]])[] = [
  [
    OLD_CODES,
    [
      ['VIJB', '2021-03-01', 'BARB', 'Bank of Baroda'],
      ['BKDN', '2021-03-01', 'BARB', 'Bank of Baroda'],
      ['ANDB', '2021-04-01', 'UBIN', 'Union Bank of India'],
      ['CORP', '2021-04-01', 'UBIN', 'Union Bank of India'],
      ['ORBC', '2021-04-01', 'PUNB', 'Punjab National Bank'],
      ['UTBI', '2021-04-01', 'PUNB', 'Punjab National Bank'],
      ['ALLA', '2021-05-01', 'IDIB', 'Indian Bank'],
      ['SYNB', '2021-07-01', 'CNRB', 'Canara Bank'],
    ],
  ],
  [
    STATE_BANKS,
    ['BMBL', 'SBBJ', 'SBHY', 'SBMY', 'SBTR', 'STBP'].map(
      (bank) => [bank, '2017-04-01', 'SBIN', 'State Bank of India'] as const,
    ),
  ],
  ['RBI, 2020-11-25: livemint.com 11606450656762', [['LAVB', '2020-11-27', 'DBSS', 'DBS Bank India']]],
  [
    'RBI, 2024-03-04: business-standard.com 124030401129_1',
    [['FSFB', '2024-04-01', 'AUBL', 'AU Small Finance Bank']],
  ],
  [
    'RBI, 2025-08-01: business-standard.com 125080101704_1',
    [['NICB', '2025-08-04', 'SRCB', 'Saraswat Co-operative Bank']],
  ],
  [
    RURAL,
    [
      ['KVGB', '2025-05-01', 'PKGB', 'Karnataka Grameena Bank'],
      // the banks that followed these have codes under those of their sponsor
      ['APGB', '2025-05-01', null, 'Andhra Pradesh Grameena Bank'],
      ['SGBA', '2025-05-01', null, 'Gujarat Gramin Bank'],
    ],
  ],
  [
    `${RURAL}; of branches in Telangana: newindianexpress.com 2024-12-27`,
    [['APGV', '2025-05-01', null, 'Andhra Pradesh Grameena Bank, and in Telangana Telangana Grameena Bank']],
  ],
];

const text = (value: string | null): string => (value === null ? 'null' : `'${value.replaceAll("'", "''")}'`);
const merged = MERGED.flatMap(([source, banks]) =>
  banks.map(
    ([bank, from, successor, name]) =>
      `(${text(bank)}, '${from}', 'merged', ${text(successor)}, ${text(name)}, '{}'::text[], ${text(source)})`,
  ),
);
const notOn = (bank: string, rails: string, source: string): string =>
  `(${text(bank)}, '2021-01-01', 'open', null, null, '{${rails}}'::text[], ${text(source)})`;

export const sql = `
  insert into bank_statuses (bank, in_force_from, status, successor, successor_name, not_on, source) values
    ${merged.join(',\n    ')},
    ${['RBIN', 'RBIP', 'RBIS'].map((bank) => notOn(bank, 'IMPS', 'razorpay/ifsc 2.0.59, patches/banks/rbi-no-imps.yml')).join(',\n    ')},
    ${notOn('ICLL', 'IMPS,NEFT', 'razorpay/ifsc 2.0.59, patches/ifsc/iccl.yml')},
    ${notOn('XNSE', 'IMPS,NEFT', 'razorpay/ifsc 2.0.59, patches/ifsc/xnse.yml')},
    -- its licence was cancelled on that day; the list still has its first code
    ('PYTM', '2026-04-24', 'closed', null, null, '{}', 'RBI, 2026-04-24, by press: urprimezone.com 756, wydpt.com');
`;
