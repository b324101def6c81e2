import { assert, property, string } from 'fast-check';
import { normalMobile } from './mobile';

it.each([
  '9876543210',
  '+91 98765 43210',
  '+919876543210',
  '0919876543210',
  '09876543210',
  '919876543210',
  '0091-98765-43210',
  '(0)98765 43210',
  ' 98765.43210 ',
  '+91 (0) 9876543210',
])('%s is 9876543210', (text) => {
  expect(normalMobile(text)).toBe('9876543210');
});

it('a number that begins with 91 keeps it', () => {
  expect(normalMobile('9198765432')).toBe('9198765432');
  expect(normalMobile('919198765432')).toBe('9198765432');
});

it.each([
  '',
  '5876543210',
  '1600123456', // the series that banks call from
  '987654321',
  '98765432101',
  '+1 9876543210',
  '९८७६५४३२१०',
  '９876543210',
  '98765\u200B43210',
  'person@shop.example',
  '99919876543210',
])('%j is none', (text) => {
  expect(normalMobile(text)).toBeUndefined();
});

it.each([
  ...[
    '080-22221234',
    '080 2222 1234',
    '(080) 22221234',
    '+91 80 2222 1234',
    '+91-79-26301234',
    '80-22221234',
  ],
  ...['0731-2527512', '(0731) 252 7512', '+91-0731-2527512', '022-22221234', '011 2301 2345'],
])('%s is written as a landline', (text) => {
  expect(normalMobile(text)).toBeUndefined();
});

it.each([
  ['8022221234', '8022221234'], // without parts nothing but a code that comes back tells them apart
  ['08022221234', '8022221234'],
  ['09876-543210', '9876543210'],
  ['0 80222 21234', '8022221234'],
  ['73125-27512', '7312527512'],
  ['731-252-7512', '7312527512'],
])('%s may be a mobile number, and is %s', (text, normal) => {
  expect(normalMobile(text)).toBe(normal);
});

it('what it makes it leaves alone', () => {
  assert(
    property(string({ maxLength: 20 }), (text) => {
      const normal = normalMobile(text);
      expect(normal === undefined || normalMobile(normal) === normal).toBe(true);
    }),
  );
});
