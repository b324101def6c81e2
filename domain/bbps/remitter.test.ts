import * as fc from 'fast-check';
import { DomainError } from '../errors/errors';
import { PAYMENT_MODES, remitterOf, type GivenRemitter, type PaymentMode } from './remitter';

const CUSTOMER = { name: 'Test Customer' };
const ACCOUNT = { number: '00111122223333', ifsc: 'HDFC0000053' };

function refusal(
  mode: PaymentMode,
  given: GivenRemitter | undefined,
  customer: { name: string | null },
): string {
  try {
    remitterOf(mode, given, customer);
    return 'taken';
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return `${error.code} ${error.errors!.map((e) => e.pointer).join()}`;
  }
}

test('modes that ended, and those that would need a card or Aadhaar number, are not offered', () => {
  expect(PAYMENT_MODES).toEqual(['Cash', 'UPI', 'Wallet', 'Bharat QR']);
});

test.each<[PaymentMode, GivenRemitter | undefined, ReturnType<typeof remitterOf>]>([
  ['Cash', undefined, { name: 'Test Customer', vpa: null, account: null }],
  ['Cash', { name: 'Test Payer' }, { name: 'Test Payer', vpa: null, account: null }],
  ['UPI', { vpa: 'test@okbank' }, { name: 'Test Customer', vpa: 'test@okbank', account: null }],
  ['Bharat QR', { account: ACCOUNT }, { name: 'Test Customer', vpa: null, account: ACCOUNT }],
  ['Wallet', { name: 'Test Agent' }, { name: 'Test Agent', vpa: null, account: null }],
])('with %s and %j', (mode, given, expected) => {
  expect(remitterOf(mode, given, CUSTOMER)).toEqual(expected);
});

test.each<[PaymentMode, GivenRemitter | undefined, string]>([
  ['Wallet', undefined, 'BBPS_REMITTER_REQUIRED #/remitter/name'],
  ['Wallet', { name: 'Test Agent', vpa: 'a@b' }, 'BBPS_REMITTER_ACCOUNT_INVALID #/remitter/vpa'],
  ['UPI', undefined, 'BBPS_REMITTER_ACCOUNT_INVALID #/remitter/vpa'],
  ['UPI', { account: ACCOUNT }, 'BBPS_REMITTER_ACCOUNT_INVALID #/remitter/vpa'],
  ['Bharat QR', undefined, 'BBPS_REMITTER_ACCOUNT_INVALID #/remitter/account_number'],
  ['Bharat QR', { vpa: 'a@b', account: ACCOUNT }, 'BBPS_REMITTER_ACCOUNT_INVALID #/remitter/vpa'],
  ['Cash', { account: ACCOUNT }, 'BBPS_REMITTER_ACCOUNT_INVALID #/remitter/account_number'],
])('%s with %j is refused', (mode, given, expected) => {
  expect(refusal(mode, given, CUSTOMER)).toBe(expected);
});

test('whoever pays has a name, and the account of the mode and no other', () => {
  const given = fc.record(
    { name: fc.constant('Test Payer'), vpa: fc.constant('a@b'), account: fc.constant(ACCOUNT) },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...PAYMENT_MODES),
      given,
      fc.constantFrom(null, 'Test Customer'),
      (mode, g, name) => {
        const isNamed = g.name !== undefined || (mode !== 'Wallet' && name !== null);
        const isRight =
          (g.vpa !== undefined) === (mode === 'UPI') && (g.account !== undefined) === (mode === 'Bharat QR');
        expect(refusal(mode, g, { name }) === 'taken').toBe(isNamed && isRight);
      },
    ),
  );
});
