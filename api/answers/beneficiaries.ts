import type { PayeeView, VerificationView } from '../../domain/payees/view';
import { answer, count, hint, id, instant, is, list, path, words } from './fields';
import { reconfirm, warnings } from './transactions';

/** Answers about beneficiaries. */
const verification = answer<VerificationView>(
  'BeneficiaryVerification',
  'What the bank said of the account: the last answer, or the question that is open',
  {
    status: is('checking', 'valid', 'invalid', 'failed').description(
      '`checking` is asked about until it is known; of `failed` nobody could say, and it may be asked for again',
    ),
    method: is('penny_drop', 'penniless', 'either'),
    name_match: is('match', 'partial', 'mismatch', 'no_name')
      .allow(null)
      .description('How far the name that the bank has is yours; `no_name`: the bank said none'),
    name_score: count(100).allow(null),
    name_at_bank: words(500).allow(null).example('TEST BENEFICIARY'),
    reference: words(100).description('Of the question, at the provider').example('fav_A1b2C3'),
    utr: words(100).allow(null).example('569690930707'),
    asked_at: instant(),
    answered_at: instant().allow(null),
    good_until: instant()
      .allow(null)
      .description('Until then the answer counts, and the bank is not asked again'),
  },
);

export const beneficiary = answer<PayeeView>(
  'Beneficiary',
  'Somebody whom you pay: the name as you gave it, and of the account the end alone',
  {
    id: id('beneficiary'),
    object: is('beneficiary'),
    status: is('active', 'archived'),
    name: words(120).example('Test Beneficiary'),
    kind: is('bank', 'vpa'),
    account: hint('…0000'),
    ifsc: words(11).allow(null).example('HDFC0000053'),
    bank: words(200).allow(null).example('HDFC Bank'),
    reconfirm: reconfirm(),
    made_by: is('payout', 'caller', 'kyc').description(
      '`payout`: a payout that spelled it out; `kyc`: it is your own account',
    ),
    new_until: instant().allow(null).description('Until then it is new, and less may be paid to it'),
    verification: verification.allow(null),
    created_at: instant(),
    archived_at: instant().allow(null),
    links: answer<PayeeView['links']>('BeneficiaryLinks', 'Where to read it', {
      self: path('/v1/beneficiaries/ben_01jxvqexvqexvt0xvqexvqexvq'),
    }),
    warnings,
  },
  ['warnings'],
);
export const beneficiaryList = list(beneficiary, 'BeneficiaryList');
