import Joi from 'joi';
import type { AgentView } from '../../domain/aeps/agents';
import type { EnquiryView } from '../../domain/aeps/enquiries';
import type { Instruction, WithdrawalView } from '../../domain/aeps/read';
import { AEPS_KINDS } from '../../domain/aeps/request';
import type { WithdrawalOtpView } from '../../domain/aeps/withdrawal-otps';
import {
  answer,
  count,
  currency,
  day,
  id,
  instant,
  is,
  paise,
  part,
  reason,
  signedPaise,
  words,
  type Fields,
} from './fields';
import { transactionFields } from './transactions';

/** Answers of cash against Aadhaar and fingerprint. */
const INSTRUCTIONS = [
  'hand_out_cash',
  'do_not_hand_out_cash',
  'treat_as_paid',
  'treat_as_unpaid',
  'none',
] as const satisfies readonly Instruction[];

const order: Fields<WithdrawalView> = {
  ...transactionFields('aeps'),
  kind: is(...AEPS_KINDS),
  instruction: is(...INSTRUCTIONS).description(
    'Cash leaves the drawer only on `hand_out_cash`, and only once',
  ),
  acknowledgement: part<NonNullable<WithdrawalView['acknowledgement']>>({
    cash_handed_out: Joi.boolean(),
    at: instant(),
  })
    .allow(null)
    .description("The terminal's word about the cash"),
  otp_request: id('aepsOtp').allow(null).description('The one-time password that it went with'),
  next_otp_request: id('aepsOtp')
    .allow(null)
    .description('The one that the provider sent in its place: the next try goes with it'),
};

export const withdrawal = answer<WithdrawalView>('Withdrawal', 'A withdrawal or a merchant payment', order);

/** What the terminal prints stands in the first answer only: it is kept nowhere. */
export const placedOrder = answer<WithdrawalView & { customer_balance?: number; masked_aadhaar?: string }>(
  'PlacedWithdrawal',
  'A withdrawal or a merchant payment, with what the terminal prints; that part is shown once',
  {
    ...order,
    customer_balance: signedPaise(),
    masked_aadhaar: words(20).example('XXXX XXXX 2346'),
  },
  ['customer_balance', 'masked_aadhaar'],
);

export const withdrawalOtp = answer<WithdrawalOtpView>(
  'WithdrawalOtp',
  'A one-time password for a withdrawal above the limit of the bank',
  {
    id: id('aepsOtp'),
    object: is('aeps_withdrawal_otp'),
    state: is('asking', 'sent', 'used', 'expired', 'refused', 'unknown').description(
      'unknown: it may have been sent, and is of no use',
    ),
    amount: paise(),
    currency: currency(),
    bank: words(12),
    terminal: words(40),
    expires_at: instant().allow(null),
    withdrawal: id('transaction').allow(null).description('The one that used it, whatever became of that'),
    in_place_of: id('transaction')
      .allow(null)
      .description('The withdrawal in whose place the provider sent it'),
    capture: answer<WithdrawalOtpView['capture']>('Capture', 'How the finger is to be captured', {
      finger_type: count(9),
      least_points: count(200),
      data_type: is('X'),
    }),
    created_at: instant(),
  },
);

type Line = NonNullable<EnquiryView['lines']>[number];
const line = answer<Line>('MiniStatementLine', 'One line of the customer’s bank', {
  date: words(40),
  direction: is('debit', 'credit'),
  amount: paise().allow(null),
  narration: words(200).allow(''),
});

export const enquiry = answer<EnquiryView>(
  'Enquiry',
  'A balance or a mini statement: no money moves, and it is kept nowhere',
  {
    id: id('enquiry'),
    object: is('aeps_enquiry'),
    kind: is('balance', 'mini_statement'),
    status: is('SUCCESS', 'FAILED'),
    status_reason: reason().allow(null),
    status_message: words(500).allow(null),
    provider_reason: words(200).allow(null),
    rrn: words(100).allow(null),
    created_at: instant(),
    customer_balance: signedPaise().allow(null),
    lines: Joi.array().items(line).max(100),
  },
  ['customer_balance', 'lines'],
);

export const agent = answer<AgentView>('Agent', 'The retailer as an agent of the provider', {
  object: is('aeps_agent'),
  user_code: words(20),
  state: is('activation_pending', 'active', 'dormant', 'refused'),
  ekyc: is('none', 'otp_sent', 'otp_verified', 'done'),
  is_verified_today: Joi.boolean(),
  dormant_on: day().allow(null),
  activated_at: instant().allow(null),
  last_used_at: instant().allow(null),
  created_at: instant(),
});
