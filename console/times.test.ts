import { instantOfIst, istText, timeOf } from './times';

const AT = new Date('2026-11-28T20:33:36.123Z');

it('a time is told in IST, with UTC for who points at it', () => {
  expect(istText(AT)).toBe('2026-11-29 02:03:36.123');
  expect(timeOf(AT).toString()).toBe(
    '<time datetime="2026-11-28T20:33:36.123Z" title="2026-11-28 20:33:36.123 UTC">2026-11-29 02:03:36.123</time>',
  );
});

it.each([
  ['2026-11-29T02:03', '2026-11-28T20:33:00.000Z'],
  ['2026-01-01T00:00', '2025-12-31T18:30:00.000Z'],
])('%s in IST is %s', (text, instant) => {
  expect(instantOfIst(text)?.toISOString()).toBe(instant);
});

it('a day that is none is no instant', () => {
  expect(instantOfIst('2026-02-30T10:00')).toBeNull();
});
