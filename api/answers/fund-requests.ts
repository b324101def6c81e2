import { FUND_MODES, FUND_REQUEST_STATES } from '../../domain/funds/fund-request-rows';
import type { FundRequestView } from '../../domain/funds/fund-requests';
import { answer, currency, day, id, instant, is, list, paise, path, words } from './fields';

export const fundRequest = answer<FundRequestView>(
  'FundRequest',
  'Money that a user brought to our bank, and asks for in the wallet',
  {
    id: id('fundRequest'),
    object: is('fund_request'),
    status: is(...FUND_REQUEST_STATES).description('The wallet has it when it is `approved`'),
    amount: paise(),
    currency: currency(),
    bank: words(40).example('escrow'),
    mode: is(...FUND_MODES),
    utr: words(30).example('569690930707'),
    paid_on: day(),
    note: words(500).allow(null).description('Why it was rejected'),
    created_at: instant(),
    decided_at: instant().allow(null),
    links: answer<FundRequestView['links']>('FundRequestLinks', 'Where to read it', {
      self: path('/v1/fund-requests/frq_01jxvqexvqexvt0xvqexvqexvq'),
    }),
  },
);
export const fundRequestList = list(fundRequest, 'FundRequestList');
