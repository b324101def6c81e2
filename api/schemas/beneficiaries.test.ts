import type { DomainError } from '../../domain/errors/errors';
import { payoutBody } from './payouts';
import { validate } from './validate';

// Whom a payout may name: what the provider takes, in the form in which people write it.
const good = {
  amount: 150_000,
  currency: 'INR',
  beneficiary: { name: 'Test Beneficiary', account_number: '001122334455', ifsc: 'HDFC0000053' },
  reference: 'ref-1',
};
const withBeneficiary = (fields: object): object => ({
  ...good,
  beneficiary: { ...good.beneficiary, ...fields },
});
const check = (body: unknown): DomainError | undefined => {
  try {
    validate(payoutBody, body, '#');
    return undefined;
  } catch (error) {
    return error as DomainError;
  }
};

describe('beneficiaries', () => {
  it.each([
    { name: 'Patel’s Dairy' },
    { name: "D'Souza, Sons & Co." },
    { name: 'Om' },
    { name: 'José Núñez' },
    { name: '3M India' },
    { account_number: 'RZPXVA1234560000' },
    { account_number: '12345678' },
    { account_number: 'A1234' },
    { account_number: '1'.repeat(35) },
  ])('takes the beneficiary %j as it is', (fields) => {
    expect(check(withBeneficiary(fields))).toBeUndefined();
  });

  it.each(['00112233440000@HDFC0000053.ifsc.npci', 'a.b-c_d@okbank', '9812345678@upi'])(
    'takes the VPA %s',
    (vpa) => {
      expect(check({ ...good, beneficiary: { name: 'Om', vpa }, mode: 'UPI' })).toBeUndefined();
    },
  );

  it.each(['@upi', 'a@upi', 'ab@', 'ab@1bank', 'ab@bank.', 'ab@a..b', 'a b@upi', `${'a'.repeat(97)}@upi`])(
    'refuses the VPA %s',
    (vpa) => {
      expect(check({ ...good, beneficiary: { name: 'Om', vpa }, mode: 'UPI' })!.errors).toMatchObject([
        { pointer: '#/beneficiary/vpa' },
      ]);
    },
  );

  it.each(['परीक्षण', 'Рatel', ' Om', '’', 'a\tb'])('refuses the name %j', (name) => {
    expect(check(withBeneficiary({ name }))!.errors).toMatchObject([{ pointer: '#/beneficiary/name' }]);
  });
});
