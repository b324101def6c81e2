import Joi from 'joi';
import {
  MAX_EARNINGS,
  type EarningView,
  type PaidView,
  type PreviewView,
  type StatementView,
} from '../../domain/commissions/read';
import { COMMISSION_MODES } from '../../domain/commissions/modes';
import { SERVICES } from '../../domain/provider/service-name';
import { USER_TYPES } from '../../domain/users/types';
import { answer, count, day, id, is, paise, signedPaise, words } from './fields';

const MOST_BPS = 10_000;

export const commissionPreview = answer<PreviewView>(
  'CommissionPreview',
  'What a transaction would earn; nothing where no rule is for it',
  {
    object: is('commission_preview'),
    service: is(...SERVICES),
    amount: paise(),
    commission: paise().description('Before tax; paise').example(800),
    tds: paise().description('By the rate for whoever has a PAN; paise').example(16),
    net: paise().example(784),
    paid: is(...COMMISSION_MODES)
      .allow(null)
      .description('When it is paid'),
  },
);

const earning = answer<EarningView>(
  'CommissionEarning',
  'What a transaction has earned, or what was taken back',
  {
    object: is('commission_earning'),
    transaction: id('transaction'),
    service: is(...SERVICES),
    level: is(...USER_TYPES),
    transaction_amount: paise(),
    commission: signedPaise().example(800),
    day: day(),
    payable_from: day(),
  },
);

const payout = answer<PaidView>(
  'CommissionPayout',
  'What was paid into the commission wallet, or taken from it',
  {
    object: is('commission_payout'),
    journal: words(36).example('01977777-7777-7777-8777-777777777777'),
    day: day(),
    level: is(...USER_TYPES),
    commission: signedPaise().example(800),
    tds: signedPaise().example(16),
    net: signedPaise().example(784),
    wallet: signedPaise().description('What the wallet got; below zero: what it gave').example(784),
    main: signedPaise()
      .description('Below zero: what the main wallet gave, since the commission wallet was short')
      .example(0),
    owed: signedPaise().description('What you owe more after it; below zero: less').example(0),
    reverses: words(36)
      .description('The journal of the payout of which this gives something back')
      .allow(null)
      .example('01977777-7777-7777-8777-777777777776'),
    section: words(40).description('Of the Income-tax Act').example('393(1)-1(ii)'),
    rate_bps: count(MOST_BPS).example(200),
  },
);

export const commissionStatement = answer<StatementView>(
  'CommissionStatement',
  'Commission of some days: opening and what was earned, less what was paid, is closing',
  {
    object: is('commission_statement'),
    from: day(),
    to: day(),
    opening: signedPaise().example(0),
    earned: signedPaise().example(800),
    paid: signedPaise().example(800),
    closing: signedPaise().example(0),
    tds: signedPaise().example(16),
    owed: paise().example(0),
    earnings: Joi.array().items(earning).max(MAX_EARNINGS),
    more: Joi.boolean().description('There are more earnings or payouts than are shown: ask for fewer days'),
    payouts: Joi.array().items(payout).max(MAX_EARNINGS),
  },
);
