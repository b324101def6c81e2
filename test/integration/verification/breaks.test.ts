/** Each way in which the data can be wrong is seen red, with the offender's name. */
import { verifyPromises } from '../../../domain/verification/verify';
import { BREAKS, isOffender, withNames } from '../../support/breaks';
import { broken, createVerifiedWorld, found, nowhere, type Ids } from '../../support/verified-world';
import type { World } from '../../support/world';

const AEPS = ['credited-in-time', 'customer-day', 'withdrawal-otp', 'enquiry-commission'];
const COLLECTED = ['collected-when-asked', 'one-collection-for-an-order'];
const AUDIT = ['audit-chain', 'audit-linked', 'audit-heads', 'audit-signatures'];
const COMMISSION = [
  ...['commission-earned', 'commission-share', 'commission-due', 'commission-posted'],
  ...['commission-mirrored', 'commission-taxed'],
];
const GST = ['gst-supply', 'gst-payable', 'gst-invoice', 'gst-note', 'gst-lines'];
const SETTLEMENT = [
  'settlement-debited',
  'settlement-ended',
  'settlement-on-its-way',
  'tax-posted',
  'tds-remitted',
  'tds-summed',
];
const RECONCILED = ['break-booked', 'break-losses'];
const DISPUTE = ['dispute-ended', 'dispute-held', 'dispute-claims'];
const SEAL = ['ledger-signatures', 'ledger-seal', 'ledger-sealed-whole', 'ledger-heads'];
let world: World;
let ids: Ids;

beforeAll(async () => {
  ({ world, ids } = await createVerifiedWorld());
});
afterAll(async () => {
  await world.close();
});

it('every check has a way in which it was seen red', async () => {
  const { findings } = await verifyPromises(world.knex, nowhere);
  const seenRed = new Set([
    ...BREAKS.map((b) => b.name),
    'accepted-stored',
    'planted-tables',
    'planted-jobs',
    'jobs-ids-only',
    'planted-logs',
    'otp-erased',
    ...AEPS,
    ...COLLECTED,
    ...AUDIT,
    ...COMMISSION,
    ...GST,
    ...RECONCILED,
    ...SETTLEMENT,
    ...DISPUTE,
    ...['payout-file-lines', 'payout-file-counted'],
    ...SEAL,
  ]);
  // the latter: below, in dmt-otp.test.ts, aeps-postings.test.ts, collection/, audit-chain.test.ts, commissions/,
  // gst/documents.test.ts, settlements/, disputes/, payouts/payout-files.test.ts and seal.test.ts
  expect(findings.map((f) => f.name).filter((name) => !seenRed.has(name))).toEqual([]);
});

describe.each(BREAKS)('$name is red for $how', (one) => {
  it('and names the offender', async () => {
    const { promise, result } = found(await broken(world.knex, withNames(ids, one.sql), one.drop), one.name);
    expect(promise).toMatch(/^P[1-7]$/);
    expect(result!.violations).toBeGreaterThan(0);
    expect(result!.offenders.length).toBe(Math.min(result!.violations, 20));
    expect(result!.offenders.filter((o) => isOffender(one, ids, o.id))).not.toEqual([]);
    expect(result!.offenders.every((o) => o.detail.length > 5)).toBe(true);
  });
});

it('an inquiry that was asked for just now is not overdue, however long ago the outcome was', async () => {
  const findings = await broken(
    world.knex,
    `
      update transactions set outcome_at = now() - interval '2 days', next_poll_at = now() - interval '2 days',
      asked_for_at = now(), updated_at = now() where id = '${ids.succeeded}'`,
  );
  // others are overdue by now when the machine is busy
  const { offenders } = found(findings, 'overdue-inquiries').result!;
  expect(offenders.map((o) => o.id)).not.toContain(`transaction ${ids.succeeded}`);
});
