import type { PayoutFileLineView, PayoutFileView } from '../../domain/payout-files/payout-files';
import { ERROR_CODES } from './common';
import { answer, count, id, instant, is, list, paise, part, path, words, type Fields } from './fields';
import { status } from './transactions';

const FIELDS: Fields<PayoutFileView> = {
  id: id('payoutFile'),
  object: is('payout_file'),
  state: is('waiting', 'released', 'finished', 'cancelled', 'expired').description(
    'Whether it waits for a release, is being paid, or is over',
  ),
  lines: count(100_000),
  amount: paise().description('Of all lines, as it was told when the file was brought'),
  ready_lines: count(100_000).description('What a release pays, or what is still to be paid'),
  ready_amount: paise(),
  accepted_lines: count(100_000).description('Payouts that were made of lines'),
  accepted_amount: paise(),
  refused_lines: count(100_000),
  release_by: instant().allow(null).description('What nobody has released by then is dropped'),
  released_at: instant().allow(null),
  created_at: instant(),
  finished_at: instant().allow(null),
  links: part<PayoutFileView['links']>({
    self: path('/v1/payout-files/pof_01jxvqexvqexvt0xvqexvqexvq'),
    lines: path('/v1/payout-files/pof_01jxvqexvqexvt0xvqexvqexvq/lines'),
  }),
};
export const payoutFile = answer<PayoutFileView>(
  'PayoutFile',
  'A file of payouts, and how far it is',
  FIELDS,
);
export const payoutFileList = list(
  answer<PayoutFileView>('ListedPayoutFile', 'A file of payouts', FIELDS),
  'PayoutFileList',
);

export const payoutFileLines = list(
  answer<PayoutFileLineView>('PayoutFileLine', 'A line of the file', {
    object: is('payout_file_line'),
    line: count(1_000_000).description('Where it ends in the file'),
    state: is('ready', 'accepted', 'refused', 'dropped'),
    reference: words(40).allow(null),
    amount: paise().allow(null),
    transaction: id('transaction').allow(null).description('The payout that it became'),
    status: status().allow(null),
    utr: words(40).allow(null),
    code: is(...ERROR_CODES)
      .allow(null)
      .meta({ component: 'PayoutFileLineCode' }),
    reason: words(2_000).allow(null),
  }),
  'PayoutFileLineList',
);
