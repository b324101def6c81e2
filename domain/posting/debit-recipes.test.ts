import { accountId } from '../ids/ids';
import { effectTransfers, holdTransfers, releaseTransfers, type DebitAccounts } from './debit-recipes';
import type { Transfer } from '../ledger/journal';

const NAMES = [
  '',
  'wallet',
  'clearing',
  'float',
  'feeIncome',
  'gstPayable',
  'providerFee',
  'gstInput',
  'suspense',
  'receivable',
  'refundPayable',
];
const A: DebitAccounts = {
  wallet: accountId(1n),
  clearing: accountId(2n),
  float: accountId(3n),
  feeIncome: accountId(4n),
  gstPayable: accountId(5n),
  providerFee: accountId(6n),
  gstInput: accountId(7n),
  suspense: accountId(8n),
  receivable: accountId(9n),
  refundPayable: accountId(10n),
  loss: accountId(11n),
};
// The example of the chart of accounts: ₹10,000; our fee ₹5 + GST 0.90; provider fee 3.00 + GST 0.54.
const P = {
  amountPaise: 1_000_000n,
  feePaise: 500n,
  taxPaise: 90n,
  chargePaise: 0n,
  providerFeePaise: 300n,
  providerTaxPaise: 54n,
};

const written = (transfers: Transfer[]): string[] =>
  transfers.map(
    (t) =>
      `${NAMES[Number(t.debitAccountId)]} -> ${NAMES[Number(t.creditAccountId)]} ${t.amountPaise} ${t.code}`,
  );

test('hold and release', () => {
  expect(written(holdTransfers(A, P))).toEqual(['wallet -> clearing 1000590 hold']);
  expect(written(releaseTransfers(A, P))).toEqual(['clearing -> wallet 1000590 release']);
});

test('success', () => {
  expect(written(effectTransfers('success', A, P))).toEqual([
    'clearing -> float 1000000 principal',
    'clearing -> feeIncome 500 fee',
    'clearing -> gstPayable 90 gst',
    'providerFee -> float 300 provider_fee',
    'gstInput -> float 54 provider_gst',
  ]);
});

test('failure gives all of it back', () => {
  expect(written(effectTransfers('failure', A, P))).toEqual(['clearing -> wallet 1000590 release']);
});

test('a reversal after success is its mirror, with the wallet in the place of clearing', () => {
  expect(written(effectTransfers('reversal', A, P))).toEqual([
    'float -> wallet 1000000 principal_reversed',
    'feeIncome -> wallet 500 fee_reversed',
    'gstPayable -> wallet 90 gst_reversed',
    'float -> providerFee 300 provider_fee_reversed',
    'float -> gstInput 54 provider_gst_reversed',
  ]);
});

test('a late success is carried by suspense', () => {
  expect(written(effectTransfers('late_success', A, P))).toEqual([
    'suspense -> float 1000000 late_principal',
    'providerFee -> float 300 provider_fee',
    'gstInput -> float 54 provider_gst',
  ]);
});

test('what costs nothing moves nothing', () => {
  const free = { ...P, feePaise: 0n, taxPaise: 0n, providerFeePaise: 0n, providerTaxPaise: 0n };
  expect(written(effectTransfers('success', A, free))).toEqual(['clearing -> float 1000000 principal']);
});

// ₹2,000 of a remitter, with a charge of ₹20 that is the provider's.
const REMITTANCE = {
  ...P,
  amountPaise: 200_000n,
  feePaise: 0n,
  taxPaise: 0n,
  chargePaise: 2_000n,
  providerFeePaise: 0n,
  providerTaxPaise: 0n,
};

test('a charge is held and passed on with the amount', () => {
  expect(written(holdTransfers(A, REMITTANCE))).toEqual(['wallet -> clearing 202000 hold']);
  expect(written(effectTransfers('success', A, REMITTANCE))).toEqual([
    'clearing -> float 200000 principal',
    'clearing -> float 2000 charge',
  ]);
});

test('failed after the debit: payable, and owed by the provider, until the customer consents', () => {
  expect(written(effectTransfers('refund_due', A, REMITTANCE))).toEqual([
    'clearing -> refundPayable 202000 refund_due',
    'receivable -> float 202000 refund_receivable',
  ]);
  expect(written(effectTransfers('refund', A, REMITTANCE))).toEqual([
    'refundPayable -> wallet 202000 refund',
    'float -> receivable 202000 refund_received',
  ]);
  expect(written(effectTransfers('refund_withdrawn', A, REMITTANCE))).toEqual([
    'refundPayable -> receivable 202000 refund_withdrawn',
  ]);
  expect(written(effectTransfers('refund_at_once', A, REMITTANCE))).toEqual([
    'clearing -> wallet 202000 release',
  ]);
});
