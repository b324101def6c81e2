import { DISPUTE_STATUSES, viewOf, type DisputeView } from '../../domain/disputes/disputes';
import { DISPUTE_KINDS, type DisputeRow } from '../../domain/disputes/rows';
import { publicId } from '../../platform/ids';
import { answer, currency, day, id, instant, is, list, paise, part, path, words } from './fields';

const SELF = 'dsp_01jxvqexvqexvt0xvqexvqexvq';
const TRANSACTION = '/v1/transactions/txn_01jxvqexvqexvt0xvqexvqexvq';

const FIELDS = {
  id: id('dispute'),
  object: is('dispute'),
  kind: is(...DISPUTE_KINDS).description(
    '`representment`: evidence is asked for before the money is claimed',
  ),
  status: is(...DISPUTE_STATUSES).description(
    'It waits for the agent while it is `OPEN`; `OVERDUE`: the last day passed without an answer',
  ),
  transaction: id('transaction'),
  service: words(20).example('aeps'),
  amount: paise().description('What is claimed; paise'),
  currency: currency(),
  held: paise().description('What of it lies in the wallets under its lien now'),
  uncovered: paise().description('What of it is not there yet: it is held as it comes in'),
  taken: paise().description('Of what was lost: what the wallets gave'),
  owed: paise().description('Of what was lost: what was not there, and the user owes'),
  case_reference: words(60).example('NPCI-CB-2026-000123'),
  reason_code: words(30).example('1065'),
  received_on: day(),
  answer_by: day().description('The last day on which it can be answered'),
  statement: words(500).allow(null).description('Why it is contested'),
  answered_at: instant().allow(null),
  ended_at: instant().allow(null),
  created_at: instant(),
};

export const dispute = answer<DisputeView>('Dispute', 'What a network claims of a transaction back', {
  ...FIELDS,
  links: part<DisputeView['links']>({ self: path(`/v1/disputes/${SELF}`), transaction: path(TRANSACTION) }),
});
export const disputeList = list(dispute, 'DisputeList');

interface StaffDispute extends Omit<DisputeView, 'links'> {
  user: string;
  provider: string;
  recorded_by: string;
  links: { self: string; proposals: string };
}
export const staffDispute = answer<StaffDispute>('StaffDispute', 'A dispute as staff see it', {
  ...FIELDS,
  user: id('user'),
  provider: words(40).example('eko'),
  recorded_by: id('user'),
  links: part<StaffDispute['links']>({
    self: path(`/admin/v1/disputes/${SELF}`),
    proposals: path(`/admin/v1/disputes/${SELF}/proposals`),
  }),
});
export const staffDisputes = list(staffDispute, 'StaffDisputeList');

export function staffDisputeOf(row: DisputeRow): StaffDispute {
  const { links: _ofUser, ...view } = viewOf(row);
  const self = `/admin/v1/disputes/${view.id}`;
  return {
    ...{ ...view, user: publicId('user', row.userId), provider: row.provider },
    recorded_by: publicId('user', row.recordedBy),
    links: { self, proposals: `${self}/proposals` },
  };
}
