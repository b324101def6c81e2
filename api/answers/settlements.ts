import { WALLET_KINDS } from '../../domain/ledger/accounts';
import { SETTLEMENT_STATUSES, type SettlementView } from '../../domain/settlements/read';
import { answer, currency, day, hint, id, instant, is, list, paise, path, words } from './fields';

export const settlement = answer<SettlementView>(
  'Settlement',
  'What went from a wallet to the bank account of its owner, or is on its way',
  {
    id: id('settlementItem'),
    object: is('settlement'),
    status: is(...SETTLEMENT_STATUSES).description('FAILED and RETURNED: all of it is in the wallet again'),
    wallet: is(...WALLET_KINDS),
    amount: paise().description('What the bank account gets; paise'),
    fee: paise().example(500),
    tax: paise().example(90),
    currency: currency(),
    account: hint('…0000'),
    ifsc: words(11).example('HDFC0000053'),
    utr: words(40).example('HDFCN52026112800001').allow(null),
    transaction: id('transaction').allow(null).description('The payout that pays it, where there is one'),
    business_date: day(),
    cutoff_at: instant(),
    created_at: instant(),
    links: answer<SettlementView['links']>('SettlementLinks', 'Where to read it', {
      self: path('/v1/settlements/sti_01jxvqexvqexvt0xvqexvqexvq'),
    }),
  },
);
export const settlementList = list(settlement, 'SettlementList');
