import type { AccountId, TransactionId } from '../ids/ids';
import { derivedUuid } from '../../platform/ids';
import type { Paise } from '../../platform/money';
import { DomainError } from '../errors/errors';

/** One movement of money: debit one account, credit another, one amount. It cannot be unbalanced. */
export interface Transfer {
  debitAccountId: AccountId;
  creditAccountId: AccountId;
  amountPaise: Paise;
  /**
   * The kind of movement: `principal`, `fee`, `gst`, `provider_fee`, `provider_gst`, `hold`, `release`,
   * `funding` …
   */
  code: string;
}

/**
 * Linked transfers that are posted all together or not at all. The id is derived from the journal's purpose,
 * so posting it again finds the first one.
 */
export interface Journal {
  id: string;
  transactionId: TransactionId | null;
  transfers: readonly Transfer[];
}

export const MAX_TRANSFERS_PER_JOURNAL = 20;

/**
 * The id of the journal of a transaction's hold, of its n-th effect, or of the release of a hold that was
 * never sent.
 */
export function journalId(
  transactionId: TransactionId,
  kind: 'hold' | 'effect' | 'release',
  seq: number,
): string {
  return derivedUuid(transactionId, `${kind}|${seq}`);
}

/** Throws DomainError LEDGER_JOURNAL_INVALID for a journal that could not be written. */
export function checkJournal(journal: Journal): void {
  const n = journal.transfers.length;
  if (n === 0 || n > MAX_TRANSFERS_PER_JOURNAL)
    throw new DomainError('LEDGER_JOURNAL_INVALID', {
      detail: `a journal has 1 to ${MAX_TRANSFERS_PER_JOURNAL} transfers`,
    });
  for (const t of journal.transfers) {
    if (t.amountPaise <= 0n || t.debitAccountId === t.creditAccountId)
      throw new DomainError('LEDGER_JOURNAL_INVALID', {
        detail: 'a transfer moves more than nothing between two accounts',
      });
  }
}

/** Do two journals with the same id have the same transfers? */
export function sameTransfers(a: readonly Transfer[], b: readonly Transfer[]): boolean {
  return (
    a.length === b.length &&
    a.every((t, i) => {
      const o = b[i]!;
      return (
        t.debitAccountId === o.debitAccountId &&
        t.creditAccountId === o.creditAccountId &&
        t.amountPaise === o.amountPaise &&
        t.code === o.code
      );
    })
  );
}
