import * as fc from 'fast-check';
import { billDate, httpDate, instantOf, type DateForm } from './dates';

describe('instants', () => {
  it.each<[DateForm, string, string]>([
    ['callback', '2026-11-01 17:50:44', '2026-11-01T12:20:44.000Z'],
    ['callback', '2019-11-01 17:50:44', '2019-11-01T12:20:44.000Z'],
    // before half past five an Indian day is still yesterday in UTC
    ['callback', '2026-01-01 00:00:00', '2025-12-31T18:30:00.000Z'],
    ['callback', '2028-02-29 05:29:59', '2028-02-28T23:59:59.000Z'],
    ['aeps', '01-01-24 00:00:00', '2023-12-31T18:30:00.000Z'],
    ['aeps', '31-12-26 23:59:59', '2026-12-31T18:29:59.000Z'],
    ['aeps', '02-03-26 05:30:00', '2026-03-02T00:00:00.000Z'], // the day comes first
    ['iso', '2026-07-23T09:46:35.396Z', '2026-07-23T09:46:35.396Z'],
    ['iso', '2018-10-30T12:00:14.058Z', '2018-10-30T12:00:14.058Z'],
    ['iso', '2026-07-23T09:46:35Z', '2026-07-23T09:46:35.000Z'],
  ])('%s %s is %s', (form, text, expected) => {
    expect(instantOf(form, text)?.toISOString()).toBe(expected);
  });

  it.each<[DateForm, unknown]>([
    ['callback', '01-11-26 17:50:44'],
    ['callback', '2026-11-01T17:50:44'],
    ['callback', '2026-02-30 10:00:00'],
    ['callback', '2026-13-01 10:00:00'],
    ['callback', '2026-11-01 25:00:00'],
    ['callback', '2026-11-01 24:00:00'],
    ['callback', '2026-11-01 10:60:00'],
    ['callback', ' 2026-11-01 10:00:00'],
    ['callback', '2026-11-01 10:00:00\n'],
    ['callback', ''],
    ['callback', null],
    ['callback', 1_700_000_000_000],
    ['callback', ['2026-11-01 17:50:44']],
    ['aeps', '2026-11-01 17:50:44'],
    ['aeps', '31-02-26 10:00:00'],
    ['aeps', '1-1-26 10:00:00'],
    ['aeps', ''],
    ['iso', '2026-07-23T09:46:35+05:30'],
    ['iso', '2026-07-23 09:46:35'],
    ['iso', '2026-02-29T00:00:00Z'],
    ['iso', undefined],
  ])('%s %p is none', (form, value) => {
    expect(instantOf(form, value)).toBeUndefined();
  });

  it('every instant to the second survives each form', () => {
    const pad = (n: number): string => String(n).padStart(2, '0');
    fc.assert(
      fc.property(
        fc.date({
          min: new Date('2001-01-01T00:00:00Z'),
          max: new Date('2098-12-30T00:00:00Z'),
          noInvalidDate: true,
        }),
        (date) => {
          const at = new Date(Math.floor(date.getTime() / 1_000) * 1_000);
          const ist = new Date(at.getTime() + 19_800_000).toISOString();
          const [day, time] = [ist.slice(0, 10), ist.slice(11, 19)];
          expect(instantOf('callback', `${day} ${time}`)).toEqual(at);
          expect(
            instantOf('aeps', `${day.slice(8)}-${day.slice(5, 7)}-${pad(Number(day.slice(2, 4)))} ${time}`),
          ).toEqual(at);
          expect(instantOf('iso', at.toISOString())).toEqual(at);
        },
      ),
    );
  });
});

describe('dates', () => {
  it.each([
    ['20260728', '2026-07-28'],
    ['20280229', '2028-02-29'],
    ['20260230', null],
    ['null', null],
    ['', null],
    ['28072026', null],
    [20_260_728, null],
    [null, null],
  ])('a bill due on %p: %p', (value, expected) => {
    expect(billDate(value)).toBe(expected);
  });

  it('a Date header', () => {
    expect(httpDate('Sun, 01 Nov 2026 06:40:00 GMT')?.toISOString()).toBe('2026-11-01T06:40:00.000Z');
    for (const text of [
      undefined,
      '',
      'Sun, 01 Nov 2026 06:40:00 IST',
      '0',
      'Sunday, 01-Nov-26 06:40:00 GMT',
    ])
      expect(httpDate(text)).toBeUndefined();
  });
});
