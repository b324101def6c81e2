import Joi from 'joi';
import type { RecipientView } from '../../domain/dmt/recipients';
import type { SenderView } from '../../domain/dmt/senders';
import type { PartView, TransferView } from '../../domain/dmt/transfer';
import { PUBLIC_STATUSES } from '../../domain/lifecycle/lifecycle';
import { answer, currency, hint, id, instant, is, list, paise, part, path, reference, words } from './fields';
import { dmtDetails, links, reconfirm, status, warnings, why } from './transactions';

/** Answers of money transfer. */
const providersText = (most: number, example: string): Joi.StringSchema =>
  words(most).allow('').example(example);
export const sender = answer<SenderView>('Sender', 'A customer who sends money', {
  id: id('dmtSender'),
  object: is('dmt_sender'),
  state: is('unknown', 'ekyc_pending', 'otp_pending', 'active'),
  kyc_level: is('none', 'ekyc'),
  remaining: paise().allow(null).description('May still be sent this month; null until the sender is active'),
  hint: hint('98XXXXXX10'),
  verified_at: instant().allow(null),
  checked_at: instant(),
  created_at: instant(),
});

export const recipient = answer<RecipientView>(
  'Recipient',
  'Whom a sender may send money to',
  {
    id: id('dmtRecipient'),
    object: is('dmt_recipient'),
    // as the provider's list has them: it may leave one out
    name: providersText(200, 'Test Beneficiary'),
    bank: providersText(200, 'HDFC Bank'),
    ifsc: providersText(11, 'HDFC0000053'),
    hint: hint('…0000'),
    is_verified: Joi.boolean(),
    reconfirm: reconfirm(),
    warnings,
  },
  ['warnings'],
);
export const recipientList = list(recipient, 'RecipientList', 1_000);

interface TransferOtpsView {
  object: 'dmt_transfer_otps';
  parts: { amount: number; charge: number; otp_reference: string }[];
  charge: number;
  total: number;
  expires_at: string;
}
export const transferOtps = answer<TransferOtpsView>(
  'TransferOtps',
  'The one-time passwords that were sent for a transfer: one for each part',
  {
    object: is('dmt_transfer_otps'),
    parts: Joi.array()
      .items(
        answer<TransferOtpsView['parts'][number]>('TransferOtp', 'The password of one part', {
          amount: paise(),
          charge: paise(),
          otp_reference: id('dmtOtp'),
        }),
      )
      .max(100),
    charge: paise(),
    total: paise(),
    expires_at: instant(),
  },
);

export const newOtp = answer<{
  object: 'dmt_new_otp';
  transaction: string;
  otp_reference: string;
  expires_at: string;
}>('NewOtp', 'The one-time password that was sent for a part which was stopped and let go', {
  object: is('dmt_new_otp'),
  transaction: id('transaction'),
  otp_reference: id('dmtOtp'),
  expires_at: instant(),
});

const transferPart = answer<PartView>('TransferPart', 'One part of a transfer, which is one transaction', {
  id: id('transaction'),
  object: is('transaction'),
  status: status(),
  ...why,
  amount: paise(),
  charge: paise(),
  charge_tax: paise().description('Included in `charge`; whole paise'),
  utr: words(100).allow(null),
  details: dmtDetails.allow(null),
  finished_at: instant().allow(null),
  links,
});

export const transfer = answer<TransferView>('Transfer', 'A transfer with its parts', {
  id: id('dmtTransfer'),
  object: is('dmt_transfer'),
  status: is(...PUBLIC_STATUSES, 'PARTIAL').description(
    'PARTIAL: some parts reached the recipient and others did not',
  ),
  amount: paise(),
  charge: paise(),
  total: paise(),
  currency: currency(),
  reference: reference(),
  sender: id('dmtSender'),
  recipient: id('dmtRecipient'),
  parts: Joi.array().items(transferPart).min(1).max(100),
  created_at: instant(),
  links: part<TransferView['links']>({ self: path('/v1/dmt/transfers/dmt_01jxvqexvqexvt0xvqexvqexvq') }),
});
