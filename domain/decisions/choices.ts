import type { State } from '../lifecycle/lifecycle';
import type { ReviewKind } from '../lifecycle/decide';

/**
 * What may be said of a transaction, by its state. A person's word goes through the same table as a
 * provider's (domain/lifecycle/decide.ts) and is posted by the same recipes; only a review has decisions of its
 * own. `accepted` and `held` are not here: nothing is under way at a provider. They end by themselves when they expire;
 * what failed for our balance is sent again when there is money. A review of what was never sent is in `UNSENT`.
 */
export const OUTCOMES_OF: Readonly<Partial<Record<State, readonly ReviewKind[]>>> = {
  dispatched: ['succeeded', 'failed', 'refunded'],
  refund_pending: ['succeeded', 'refunded'],
  in_review: ['succeeded', 'failed', 'reversed', 'refunded'],
  succeeded: ['reversed', 'refunded'],
};

/** Of what was stopped before it was ever sent nothing but this is true; or it is released (domain/decisions). */
export const UNSENT: readonly ReviewKind[] = ['failed'];

/** What each choice posts, for the pages: `docs/cases.md` is written from this table. */
export const POSTINGS: readonly {
  state: State;
  choice: ReviewKind;
  /** Only where the two differ. */
  when?: string;
  debit: string;
  credit: string;
}[] = [
  {
    state: 'dispatched',
    choice: 'succeeded',
    debit: 'clearing → float, fees and taxes, as any success',
    credit: 'receivable → wallet, as any success; after the terminal has gone: → suspense, and a review',
  },
  { state: 'dispatched', choice: 'failed', debit: 'clearing → wallet', credit: 'nothing' },
  { state: 'dispatched', choice: 'refunded', debit: 'clearing → wallet', credit: 'nothing' },
  {
    state: 'refund_pending',
    choice: 'succeeded',
    debit: 'refund payable → receivable, fee income and tax',
    credit: 'receivable → suspense, and a review',
  },
  {
    state: 'refund_pending',
    choice: 'refunded',
    debit: 'refund payable → wallet, float → receivable',
    credit: 'nothing',
  },
  {
    state: 'in_review',
    choice: 'succeeded',
    when: 'its money is held',
    debit: 'clearing → float, fees and taxes',
    credit: 'receivable → wallet',
  },
  {
    state: 'in_review',
    choice: 'failed',
    when: 'its money is held',
    debit: 'clearing → wallet',
    credit: 'nothing',
  },
  {
    state: 'in_review',
    choice: 'reversed',
    when: 'its money is held',
    debit: 'clearing → wallet',
    credit: 'nothing',
  },
  {
    state: 'in_review',
    choice: 'refunded',
    when: 'its money is held',
    debit: 'clearing → wallet',
    credit: 'nothing',
  },
  {
    state: 'in_review',
    choice: 'succeeded',
    when: 'after a late success',
    debit:
      'wallet → suspense, fee income and tax: the customer pays after all (refused while the wallet is short)',
    credit: 'suspense → wallet, fee income and tax: the agent handed out the cash',
  },
  {
    state: 'in_review',
    choice: 'failed',
    when: 'after a late success',
    debit: '`expense:loss:<provider>` → suspense: we bear it, the wallet keeps its money',
    credit: 'suspense → receivable: the provider owes us nothing',
  },
  {
    state: 'in_review',
    choice: 'reversed',
    when: 'after a late success',
    debit: 'float → suspense, with the provider fee: the provider gave it back',
    credit: 'suspense → receivable: the provider gave it back to the customer',
  },
  {
    state: 'in_review',
    choice: 'refunded',
    when: 'after a late success',
    debit: 'float → suspense, with the provider fee',
    credit: 'suspense → receivable',
  },
  {
    state: 'succeeded',
    choice: 'reversed',
    debit: 'the success backwards, to the wallet',
    credit: 'the success backwards, from the wallet',
  },
  {
    state: 'succeeded',
    choice: 'refunded',
    debit: 'the success backwards, to the wallet',
    credit: 'the success backwards, from the wallet',
  },
];
