import type { PayeeNotices } from '../../domain/reminders/payees';

export interface PayeeNoticesDependencies {
  payeeNotices: PayeeNotices;
}

const CLAIM = 50;

/** One round: tells people what was changed of their list of beneficiaries. Returns true when there may be more. */
export async function tellOfPayees({ payeeNotices }: PayeeNoticesDependencies): Promise<boolean> {
  return (await payeeNotices.tell(CLAIM)) === CLAIM;
}
