/** What was booked while each spelling of a bank's reference was a line of its own. */
import { journalIdAsWritten } from '../../domain/funds/funds';
import { accountCode } from '../../domain/ledger/accounts';
import type { World } from './world';

/** One paisa that our bank has received under this spelling. */
export async function bookedBefore({ first }: Pick<World, 'first'>, spelled: string): Promise<void> {
  const [debitAccountId, creditAccountId] = await Promise.all([
    first.accounts.id(accountCode.bank('escrow')),
    first.accounts.id(accountCode.capital()),
  ]);
  await first.ledger.post({
    journal: {
      ...{ id: journalIdAsWritten('escrow', spelled), transactionId: null },
      transfers: [{ debitAccountId, creditAccountId, amountPaise: 1n, code: 'capital' }],
    },
  });
}
