import { STATES } from '../lifecycle/lifecycle';
import { providersOwn, REASONS, translated } from '../provider/reasons';
import { CASHFREE_REASONS } from '../../providers/cashfree/reasons';
import { EKO_REASONS } from '../../providers/eko/reasons';
import { RAZORPAY_REASONS } from '../../providers/razorpay/reasons';
import { RAZORPAYX_REASONS } from '../../providers/razorpayx/reasons';
import { SETU_REASONS } from '../../providers/setu/reasons';
import { nextActionOf } from './next-action';
import { reasonOf } from './status-reason';

const TABLES = {
  cashfree: CASHFREE_REASONS,
  eko: EKO_REASONS,
  razorpay: RAZORPAY_REASONS,
  razorpayx: RAZORPAYX_REASONS,
  setu: SETU_REASONS,
};
const NOW = new Date('2026-11-29T06:00:00Z');
const LATER = new Date('2026-11-30T06:00:00Z');
const EARLIER = new Date('2026-11-28T06:00:00Z');

const told = (
  provider: keyof typeof TABLES,
  state: (typeof STATES)[number],
  statusReason: string | null,
  service = 'dmt',
) => reasonOf({ state, service, statusReason }, { reasons: TABLES[provider], consentServices: ['dmt'] });

describe('why a transaction stands where it stands', () => {
  it.each([
    ['eko', 'failed', '1', 'PROVIDER_REFUSED'],
    ['eko', 'failed', 'otp_wrong', 'OTP_WRONG'],
    ['eko', 'failed', 'biometrics_not_matched', 'BIOMETRICS_NOT_MATCHED'],
    ['eko', 'failed', '463', 'DETAILS_REFUSED'],
    ['eko', 'dispatched', '2', 'WAITING_FOR_PROVIDER'],
    ['eko', 'dispatched', '<timeout>', 'ANSWER_OUTSTANDING'],
    ['eko', 'refund_pending', '3', 'REFUND_NEEDS_CONSENT'],
    ['eko', 'refunded', 'type 74', 'REFUNDED'],
    ['eko', 'in_review', '0', 'UNDER_REVIEW'],
    ['razorpayx', 'failed', 'bank_account_invalid', 'BENEFICIARY_ACCOUNT_INVALID'],
    ['razorpayx', 'reversed', 'beneficiary_bank_rejected', 'BENEFICIARY_BANK_REFUSED'],
    ['razorpayx', 'reversed', 'reversed', 'RETURNED'],
    ['razorpayx', 'dispatched', 'low_balance', 'PROVIDER_FUNDS_SHORT'],
    ['razorpayx', 'dispatched', 'processing', 'WAITING_FOR_PROVIDER'],
    ['razorpayx', 'held', '<breaker open>', 'WAITING_TO_BE_SENT'],
    ['cashfree', 'dispatched', 'SENT_TO_BENEFICIARY', 'WAITING_FOR_PROVIDER'],
    ['cashfree', 'failed', 'INVALID_ACCOUNT_FAIL', 'BENEFICIARY_ACCOUNT_INVALID'],
    ['cashfree', 'reversed', 'RETURNED_FROM_BENEFICIARY', 'BENEFICIARY_BANK_REFUSED'],
    ['cashfree', 'failed', 'INSUFFICIENT_BALANCE', 'PROVIDER_FUNDS_SHORT'],
    ['razorpay', 'dispatched', 'waiting_for_payer', 'WAITING_FOR_PAYER'],
    ['razorpay', 'failed', 'collection_expired', 'COLLECTION_EXPIRED'],
    ['razorpay', 'failed', 'input_validation_failed', 'DETAILS_REFUSED'],
    ['razorpayx', 'failed', 'LEDGER_INSUFFICIENT_FUNDS', 'LEDGER_INSUFFICIENT_FUNDS'],
    ['razorpayx', 'failed', 'USER_DISABLED', 'USER_DISABLED'],
    ['razorpayx', 'failed', 'not_found_after_window', 'NOT_RECEIVED_BY_PROVIDER'],
    ['setu', 'dispatched', '<accepted>', 'WAITING_FOR_PROVIDER'],
    ['setu', 'failed', 'ERR011', 'DETAILS_REFUSED'],
    ['setu', 'failed', 'BRR005', 'PROVIDER_REFUSED'],
  ] as const)('%s, %s, %s: %s', (provider, state, raw, code) => {
    expect(told(provider, state, raw)).toBe(code);
  });

  it('a withdrawal whose refund needs nobody of ours is told so', () => {
    expect(told('eko', 'refund_pending', '3', 'aeps')).toBe('REFUND_AT_CUSTOMERS_BANK');
  });

  it('every state has an answer, and what is over or new has none', () => {
    for (const state of STATES)
      expect(typeof told('eko', state, 'x')).toBe(
        state === 'accepted' || state === 'succeeded' ? 'object' : 'string',
      );
  });

  it('each code has a sentence, and each code of a provider leads to one', () => {
    for (const { says } of Object.values(REASONS)) expect(says).toMatch(/^[A-Z].*\.$/);
    for (const table of Object.values(TABLES))
      for (const word of Object.keys(table)) expect(translated(word, table)).toBeDefined();
  });

  it('beside it stands what the provider said, and no word of ours', () => {
    expect(
      ['3', 'bank_account_invalid', '<timeout>', 'USER_DISABLED', 'not_found_after_window', null].map(
        providersOwn,
      ),
    ).toEqual(['3', 'bank_account_invalid', null, null, null, null]);
  });
});

describe('who has to do what next', () => {
  const next = (state: (typeof STATES)[number], more: object = {}) =>
    nextActionOf(
      { state, service: 'dmt', expiresAt: NOW, expectedBy: LATER, owedAfterSuccess: null, ...more },
      ['dmt'],
      NOW,
    );

  it.each([
    ['accepted', {}, { who: 'munim', what: 'send', until: NOW.toISOString() }],
    ['held', {}, { who: 'munim', what: 'send', until: NOW.toISOString() }],
    ['dispatched', {}, { who: 'provider', what: 'confirm', until: LATER.toISOString() }],
    ['dispatched', { expectedBy: EARLIER }, { who: 'operations', what: 'chase', until: null }],
    ['refund_pending', {}, { who: 'customer', what: 'consent_to_refund', until: null }],
    ['refund_pending', { service: 'aeps' }, { who: 'operations', what: 'refund_customer', until: null }],
    ['in_review', {}, { who: 'operations', what: 'review', until: null }],
    [
      'succeeded',
      { owedAfterSuccess: 'acknowledge_cash' },
      { who: 'caller', what: 'acknowledge_cash', until: null },
    ],
    ['succeeded', {}, null],
    ['failed', {}, null],
    ['reversed', {}, null],
    ['refunded', {}, null],
  ] as const)('%s %j', (state, more, expected) => {
    expect(next(state, more)).toEqual(expected);
  });
});
