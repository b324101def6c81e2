/** Banking days by office and rail, with the rows that are shipped. */
import list from './bank-holidays-2025-2026.json';
import { addDays, calendarOf, type CalendarRows, type Place } from './days';

const ROWS: CalendarRows = {
  offices: list.offices,
  years: list.years,
  holidays: list.days.flatMap(({ day, name, offices }) =>
    (typeof offices === 'string' ? list.offices : offices).map((office) => ({
      ...{ office, day, name, knownFrom: '2024-12-01', isHoliday: true },
    })),
  ),
  closings: [
    { weekday: 0, from: '1950-01-01', weeks: [1, 2, 3, 4, 5] },
    { weekday: 6, from: '2015-09-01', weeks: [2, 4] },
  ],
  rails: [
    { rail: 'BRANCH', from: '2010-01-01', runs: 'banking_days' },
    { rail: 'AEPS_TO_BANK', from: '2010-01-01', runs: 'weekdays' },
    { rail: 'NEFT', from: '2010-01-01', runs: 'banking_days' },
    { rail: 'NEFT', from: '2019-12-16', runs: 'always' },
  ],
};
const calendar = calendarOf(ROWS);
const branch = (office: string): Place => ({ rail: 'BRANCH', office });

test('the second and the fourth Saturday are closed; the first, third and fifth are not', () => {
  const open = ['02', '09', '16', '23', '30'].map((day) => calendar.isBankingDay('Mumbai', `2026-05-${day}`));
  expect(open).toEqual([true, false, true, false, true]);
  // before 1 September 2015 Saturdays were (half) working days
  const before = calendarOf({ ...ROWS, years: [{ office: 'Mumbai', year: 2015 }] });
  expect([before.isBankingDay('Mumbai', '2015-08-08'), before.isBankingDay('Mumbai', '2015-09-12')]).toEqual([
    true,
    false,
  ]);
});

test.each([
  ['the closing of accounts', 'Mumbai', '2025-03-31', '2025-04-02'],
  ['the closing of accounts in 2026', 'Mumbai', '2026-03-31', '2026-04-02'],
  ['where 1 April is no holiday', 'Shillong', '2026-03-31', '2026-04-01'],
  ['the end of a month before a Sunday', 'Mumbai', '2026-05-30', '2026-06-01'],
  ['over the end of a year', 'New Delhi', '2025-12-31', '2026-01-01'],
])('%s: after %s %s comes %s', (_what, office, day, next) => {
  expect(calendar.next(branch(office), day)).toBe(next);
});

test('holidays in a row: Gangtok in October 2025', () => {
  const closed = Array.from({ length: 31 }, (_, n) => `2025-10-${String(n + 1).padStart(2, '0')}`).filter(
    (day) => !calendar.isBankingDay('Gangtok', day),
  );
  const after = calendar.next(branch('Gangtok'), closed[0]!);
  expect(closed).not.toContain(after);
  expect(calendar.previous(branch('Gangtok'), after) < closed[0]!).toBe(true);
});

test('days differ by office, not by state', () => {
  const day = (office: string): (string | undefined)[] =>
    ['2025-09-05', '2025-09-08'].map((at) => calendar.holiday(office, at));
  expect(day('Belapur').map(Boolean)).toEqual([true, false]);
  expect(day('Mumbai').map(Boolean)).toEqual([false, true]);
});

test('rails run by their own rules, as of the day', () => {
  const neft: Place = { rail: 'NEFT', office: 'Mumbai' };
  const before = calendarOf({ ...ROWS, years: [{ office: 'Mumbai', year: 2019 }] });
  expect([
    calendar.runsOn(neft, '2026-08-15'),
    calendar.runsOn(branch('Mumbai'), '2026-08-15'),
    before.runsOn(neft, '2019-12-15'), // a Sunday
    before.runsOn(neft, '2019-12-16'),
  ]).toEqual([true, false, false, true]);
  // a first Saturday: the branch is open, and what runs on weekdays alone is not
  expect([
    calendar.runsOn(branch('Mumbai'), '2026-05-02'),
    calendar.runsOn({ rail: 'AEPS_TO_BANK', office: 'Mumbai' }, '2026-05-02'),
  ]).toEqual([true, false]);
});

test('T+n counts days of the rail', () => {
  const gateway = branch('Mumbai');
  expect([0, 1, 2, 3].map((n) => calendar.plus(gateway, '2026-03-31', n))).toEqual([
    ...['2026-04-02', '2026-04-02', '2026-04-04', '2026-04-06'],
  ]);
});

test.each([
  ['2027-01-26', 'Mumbai'],
  ['2027-01-03', 'Mumbai'],
  ['2026-05-06', 'Chandigarh'],
])('a year that is not loaded is refused, not guessed: %s at %s', (day, office) => {
  expect(() => calendar.isBankingDay(office, day)).toThrow(/^CALENDAR_YEAR_MISSING: the bank holidays of /);
  expect(calendar.runsOn({ rail: 'NEFT', office }, day)).toBe(true); // it needs none
});

test('the next day of a rail fails when it would lie in a year that is missing', () => {
  expect(() => calendar.next(branch('Mumbai'), '2026-12-31')).toThrow(/in 2027 are not loaded/);
});

test('what is unknown is refused by its name', () => {
  expect(() => calendar.isBankingDay('Atlantis', '2026-01-01')).toThrow(/^CALENDAR_OFFICE_UNKNOWN/);
  expect(() => calendar.runsOn({ rail: 'UPI', office: 'Mumbai' }, '2026-01-01')).toThrow(
    /^CALENDAR_RAIL_UNKNOWN/,
  );
});

test('a day that was taken off the list, and one that was put on it, count as they are known last', () => {
  const moved = calendarOf({
    ...ROWS,
    holidays: [
      ...ROWS.holidays,
      { office: 'Mumbai', day: '2026-05-06', knownFrom: '2026-05-01', isHoliday: true, name: 'Election' },
      { office: 'Mumbai', day: '2026-08-15', knownFrom: '2026-08-01', isHoliday: false, name: 'Moved' },
    ],
  });
  expect([moved.holiday('Mumbai', '2026-05-06'), moved.holiday('Mumbai', '2026-08-15')]).toEqual([
    'Election',
    undefined,
  ]);
});

test('two holidays in a row, and a second or fourth Saturday after them', () => {
  const place = branch('Mumbai');
  const open = (from: string, days: number): string[] =>
    Array.from({ length: days }, (_, n) => addDays(from, n)).filter((day) => calendar.runsOn(place, day));
  // 25 October is a fourth Saturday; 21 and 22 are holidays of this office
  expect(open('2025-10-18', 10)).toEqual([
    ...['2025-10-18', '2025-10-20', '2025-10-23', '2025-10-24', '2025-10-27'],
  ]);
  expect(calendar.next(place, '2025-10-20')).toBe('2025-10-23');
});
