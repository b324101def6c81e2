import { hash } from 'node:crypto';
import * as fc from 'fast-check';
import { COMMON, packed, unpacked } from './packed';

const body = (fields: object): Buffer =>
  Buffer.from(
    JSON.stringify({
      entity: 'event',
      account_id: 'acc_Kp3nT0vQz81LmX',
      event: 'payout.processed',
      contains: ['payout'],
      payload: { payout: { entity: { id: 'pout_8TzQp2LmX01KvN', entity: 'payout', ...fields } } },
      created_at: 1_798_761_600,
    }),
  );

test('any bytes come back as they were', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
      const raw = Buffer.from(bytes);
      expect(unpacked(packed(raw))).toEqual(raw);
    }),
  );
});

test('bytes that were kept as they came are read as such, whatever they begin with', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const raw = Buffer.from(bytes);
      expect(unpacked(raw.toString('latin1'))).toEqual(raw);
    }),
  );
});

test('what a provider sends takes a third of its room', () => {
  const raw = body({
    fund_account_id: 'fa_5RwYb7HcJ29PqD',
    amount: 150_000,
    currency: 'INR',
    notes: [],
    fees: 590,
    tax: 90,
    status: 'processed',
    utr: 'HDFC700123456789',
    mode: 'IMPS',
    purpose: 'payout',
    reference_id: '9f3k2m8q1x7v5b0n4c6z',
    narration: 'Rent',
    batch_id: null,
    status_details: null,
    created_at: 1_798_761_590,
    fee_type: '',
  });
  expect(Buffer.byteLength(packed(raw)) * 2.5).toBeLessThan(raw.length);
});

test('long ones stay as they came', () => {
  const raw = body({ narration: 'x'.repeat(65_536) });
  expect(packed(raw)).toBe(raw.toString('latin1'));
  expect(unpacked(packed(raw))).toEqual(raw);
});

test('what was packed before is read for ever: the bytes in common have not changed', () => {
  expect(hash('sha256', COMMON, 'hex')).toBe(
    '445645b3af48ff8bc42370446882dd3423b3f37f010770ed80ee1081fc61a3df',
  );
  const stored = 'IyaFehcY54UYlAVWWRj65EbQNIVahFQFFhj55EYYGHqX+WFNoej1EjbfWZibGZoBfQcA';
  expect(unpacked(`\u{101}${stored}`)).toEqual(body({ status: 'failed' }));
});
