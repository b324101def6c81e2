import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { derivedUuid } from '../../platform/ids';
import type { Paise } from '../../platform/money';
import { insertAll, table, text, uuid } from '../../platform/sql';
import { DomainError } from '../errors/errors';
import { bankJournalId } from '../funds/funds';
import type { AccountId } from '../ids/ids';
import { accountCode, openAccounts } from '../ledger/accounts';
import type { Journal, Transfer } from '../ledger/journal';
import { postIn } from '../ledger/post';
import type { EndingKind, Sent } from './judge-answer';

/** How a settlement of a file ended. */
export interface Ending {
  item: Sent;
  kind: EndingKind;
  /** Of the payment, or of what came back; null where it has none of its own. */
  utr: string | null;
  reason: string | null;
}

/**
 * Posts the ends of settlements, with the rows that say so, in the database transaction of the approval that lets them.
 * What has a UTR is posted under the journal of the bank's line, so that reconciliation finds it. The caller holds the
 * settlements.
 */
export async function postEndings(
  trx: Knex.Transaction,
  { clock }: { clock: Clock },
  { bank, approvalId, endings }: { bank: string; approvalId: string; endings: readonly Ending[] },
): Promise<void> {
  if (endings.length === 0) return;
  const accounts = await openAccounts(trx, [
    ...[accountCode.bank(bank), accountCode.feeIncome('settlement'), accountCode.gstPayable()],
    ...new Set(endings.map(({ item }) => accountCode.settlementPayable(item.userId))),
  ]);
  const posted = endings.map((ending): Posted => {
    const { item, kind, utr } = ending;
    const id = utr === null ? derivedUuid(item.id, kind) : bankJournalId(bank, utr);
    const transfers = transfersOf(kind, item, { bank, accounts });
    return { ...ending, journal: { id, transactionId: null, transfers } };
  });
  const results = await postIn(
    trx,
    { clock },
    posted.map(({ journal }) => ({ journal })),
  );
  if (results.some(({ status }) => status !== 'posted'))
    throw new DomainError('INTERNAL_ERROR', { detail: 'the ledger refused the end of a settlement' });
  await insertAll(trx, ENDINGS, posted, { ended_at: clock.now(), approval_id: approvalId });
}

interface Posted extends Ending {
  journal: Journal;
}

const ENDINGS = table<Posted>('settlement_endings', {
  item_id: uuid((e) => e.item.id),
  kind: text((e) => e.kind),
  utr: text((e) => e.utr),
  reason: text((e) => e.reason),
  journal_id: uuid((e) => e.journal.id),
});

interface Books {
  bank: string;
  accounts: ReadonlyMap<string, AccountId>;
}

/**
 * Paid: on its way -> bank. Failed: on its way -> wallet; returned: bank -> wallet; and of both fee and tax -> wallet.
 */
function transfersOf(kind: EndingKind, item: Sent, { bank, accounts }: Books): Transfer[] {
  const at = (code: string): AccountId => accounts.get(code)!;
  const onItsWay = at(accountCode.settlementPayable(item.userId));
  const bankId = at(accountCode.bank(bank));
  if (kind === 'paid') return line(onItsWay, bankId, item.amountPaise, 'settlement_paid');
  return [
    ...line(kind === 'failed' ? onItsWay : bankId, item.accountId, item.amountPaise, 'settlement_back'),
    ...line(at(accountCode.feeIncome('settlement')), item.accountId, item.feePaise, 'settlement_fee_back'),
    ...line(at(accountCode.gstPayable()), item.accountId, item.taxPaise, 'settlement_gst_back'),
  ];
}

const line = (
  debitAccountId: AccountId,
  creditAccountId: AccountId,
  amountPaise: Paise,
  code: string,
): Transfer[] => (amountPaise === 0n ? [] : [{ debitAccountId, creditAccountId, amountPaise, code }]);
