import Joi from 'joi';
import { RETURN_CODES } from '../../domain/kyc/record';
import { answer, count, day, hint, id, instant, is, list, paise, words } from './fields';

export interface KycAnswer {
  object: 'kyc';
  tier: string | null;
  due_on: string | null;
  lapses_at: string | null;
  limits: { service: string; per: string; amount: number }[];
  record: KycRecordAnswer | null;
}

export interface KycRecordAnswer {
  state: string;
  tier: string;
  holder: string;
  pan: string | null;
  gstin: string | null;
  aadhaar: string | null;
  bank_account: { state: string; name_score: number | null } | null;
  documents: KycDocumentAnswer[];
  missing: string[];
  to_mend: { code: string; detail: string }[];
  submitted_at: string | null;
  decided_at: string | null;
}

export interface KycDocumentAnswer {
  object: 'kyc_document';
  id: string;
  kind: string;
  type: string;
  bytes: number;
}

export interface ConsentAnswer {
  object: 'consent';
  purpose: string;
  version: number;
  language: string;
  given_at: string;
  withdrawn_at: string | null;
  manager: string | null;
}

export interface ConsentWordsAnswer {
  object: 'consent_words';
  purpose: string;
  version: number;
  language: string;
  words: string;
}

const TIERS = ['none', 'small', 'full'];
const KIND = words(40).example('pan_card');
const ITEM = words(60).example('document:pan_card');

export const kycDocument = answer<KycDocumentAnswer>('KycDocument', 'A document that was taken and sealed', {
  object: is('kyc_document'),
  id: id('kycDocument'),
  kind: KIND,
  type: is('image/jpeg', 'image/png', 'application/pdf'),
  bytes: count(10_000_000),
});

const bankAccount = answer<NonNullable<KycRecordAnswer['bank_account']>>(
  'KycBankAccount',
  'Whether the bank has the account, and how far under this name',
  {
    state: is('checking', 'valid', 'invalid', 'failed'),
    name_score: count(100).allow(null).description('0 to 100; null where the bank gave no name'),
  },
);

const record = answer<KycRecordAnswer>('KycRecord', 'What was filled in; numbers are masked', {
  state: is('draft', 'submitted', 'approved', 'returned'),
  tier: is('small', 'full').description('The tier that is asked for'),
  holder: is('individual', 'business'),
  pan: hint('XXXXX1234X').allow(null),
  gstin: hint('27XXXXX0939X1ZV').allow(null),
  aadhaar: hint('XXXXXXXX7058').allow(null),
  bank_account: bankAccount.allow(null),
  documents: Joi.array().items(kycDocument).max(100),
  missing: Joi.array().items(ITEM).max(50).description('What the tier still asks for'),
  to_mend: Joi.array()
    .items(
      answer<KycRecordAnswer['to_mend'][number]>('KycMending', 'Why a record came back', {
        code: is(...Object.keys(RETURN_CODES)),
        detail: words(200),
      }),
    )
    .max(20),
  submitted_at: instant().allow(null),
  decided_at: instant().allow(null),
});

export const kyc = answer<KycAnswer>('Kyc', 'How well you are known, what that allows, and until when', {
  object: is('kyc'),
  tier: is(...TIERS)
    .allow(null)
    .description('What you have now; null where no record was ever approved'),
  due_on: day().allow(null).description('When it has to be done again'),
  lapses_at: instant().allow(null).description('From then on the tier is a lower one'),
  limits: Joi.array()
    .items(
      answer<KycAnswer['limits'][number]>('KycLimit', 'What the tier allows', {
        service: words(20).example('payout').description('`any` for all of them'),
        per: is('transaction', 'day'),
        amount: paise(),
      }),
    )
    .max(50),
  record: record.allow(null),
});

const consent = answer<ConsentAnswer>('Consent', 'What was agreed to, to which words, and when', {
  object: is('consent'),
  purpose: KIND.example('bank_account'),
  version: count(10_000),
  language: is('en', 'hi'),
  given_at: instant(),
  withdrawn_at: instant().allow(null),
  manager: words(60).allow(null).description('The consent manager through whom it came'),
});
export { consent };
export const consentList = list(consent, 'ConsentList');
export const consentWordsList = list(
  answer<ConsentWordsAnswer>('ConsentWords', 'The words that are asked for now', {
    object: is('consent_words'),
    purpose: KIND.example('bank_account'),
    version: count(10_000),
    language: is('en', 'hi'),
    words: words(2_000),
  }),
  'ConsentWordsList',
);
