import * as fc from 'fast-check';
import { types } from 'pg';
import { readUtcTime } from './time-text';

const ofTheDriver = types.getTypeParser(types.builtins.TIMESTAMPTZ, 'text') as (text: string) => Date;

describe('readUtcTime', () => {
  it('reads every time as the driver does', () => {
    const from = Date.UTC(100, 0, 1);
    fc.assert(
      fc.property(
        fc.date({ min: new Date(from), max: new Date(Date.UTC(9999, 11, 31)), noInvalidDate: true }),
        fc.nat({ max: 999 }),
        fc.integer({ min: 0, max: 6 }),
        (time, micros, places) => {
          const whole = time.toISOString().slice(0, 19).replace('T', ' ');
          const fraction = (time.toISOString().slice(20, 23) + String(micros).padStart(3, '0')).slice(
            0,
            places,
          );
          const text = `${whole}${fraction === '' ? '' : `.${fraction}`}+00`;
          expect(readUtcTime(text)).toEqual(ofTheDriver(text));
        },
      ),
    );
  });

  it.each([
    'infinity',
    '-infinity',
    '2026-11-29',
    '0044-03-15 12:00:00+00 BC',
    '0099-01-01 00:00:00+00',
    '10000-01-01 00:00:00+00',
    '2026-11-29 21:22:44+05:30',
    '2026-11-29 21:22:44.1+01',
  ])('leaves %s to the driver', (text) => {
    expect(readUtcTime(text)).toBeUndefined();
  });
});
