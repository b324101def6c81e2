import { assert, integer, property, string } from 'fast-check';
import { knownWords } from './known-words';

it.each([
  ['OTP already Consumed', 'OTP already Consumed'],
  ['Invalid account number (BFR004)', 'Invalid account number (BFR004)'],
  ['The account of Zxqabc Remitter is blocked', 'The account of … Remitter is blocked'],
  ['OTP 4702 is wrong', 'OTP … is wrong'],
  ['{"recipient_name":"Zxqabc Qwvtz","ifsc":"SBIN0000001"}', '{"recipient_name":"…","ifsc":"…"}'],
  ['Your balance is Rs. 1,23,450.50, and was 450.75', 'Your balance is …, and was …'],
  ['Up to 30 days and 5 attempts', 'Up to 30 days and 5 attempts'],
])('%s', (text, kept) => {
  expect(knownWords(text)).toBe(kept);
});

it('P7: no number of four digits, no word in another script', () => {
  assert(
    property(
      string({ unit: 'grapheme', maxLength: 200 }),
      integer({ min: 1_000, max: 999_999_999_999 }),
      (text, number) => {
        const kept = knownWords(`${text} ${number} ${text}`);
        expect(kept).not.toMatch(/\d{4}/);
        expect(kept.replaceAll('…', '')).not.toMatch(/[^\p{ASCII}\p{P}\p{S}\p{Z}\p{C}]/u);
      },
    ),
  );
});
