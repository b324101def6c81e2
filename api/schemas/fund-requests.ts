import Joi from 'joi';
import { FUND_MODES, type FundMode } from '../../domain/funds/fund-request-rows';
import { utrOf } from '../../domain/india/utr';
import { INSTEAD, personalNumberIn } from '../../domain/india/personal-numbers';
import { amount, breaks, currency, day, HOLDS_PERSONAL_NUMBER } from './fields';

export interface FundRequestBody {
  amount: number;
  currency: 'INR';
  bank: string;
  mode: FundMode;
  utr: string;
  paid_on: string;
}

const A_UTR = 'a UTR, an RRN or the number of a deposit slip: 6 to 30 letters and digits';
/** In one form. What has twelve digits is an RRN here. */
const utr = Joi.string()
  .max(60)
  .pattern(/^[A-Za-z0-9][A-Za-z0-9 /-]{4,58}[A-Za-z0-9]$/, A_UTR)
  .custom((typed: string, helpers) => {
    const found = utrOf(typed);
    if (found === undefined) return breaks(helpers, A_UTR);
    const held = personalNumberIn(found);
    return held === 'pan' || held === 'card'
      ? helpers.error(HOLDS_PERSONAL_NUMBER, { instead: INSTEAD[held] })
      : found;
  })
  .meta({ schema: {} })
  .example('569690930707');

/** POST /v1/fund-requests */
export const fundRequestBody = Joi.object<FundRequestBody>({
  amount,
  currency,
  bank: Joi.string()
    .max(40)
    .pattern(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'the name of one of our bank accounts')
    .description('Our bank account, by the name that you were told')
    .example('escrow')
    .required(),
  mode: Joi.string()
    .valid(...FUND_MODES)
    .required(),
  utr: utr.required(),
  paid_on: day.description('The day in India on which it was paid').required(),
}).required();
