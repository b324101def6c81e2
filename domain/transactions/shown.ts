import { selectOf, type ColumnsOf } from '../../platform/sql';
import type { State } from '../lifecycle/lifecycle';
import type { NextActionName } from './next-action';
import type { ReceiptDetails } from './receipt';

/** A transaction as it is read to be shown. Only `domain/lifecycle` writes transactions. */
export interface ShownTransaction {
  id: string;
  service: string;
  provider: string;
  state: State;
  amountPaise: bigint;
  feePaise: bigint;
  taxPaise: bigint;
  chargePaise: bigint;
  /** What the wallet pays. */
  totalPaise: bigint;
  currency: string;
  reference: string;
  utr: string | null;
  nextPollAt: Date | null;
  expectedBy: Date;
  expiresAt: Date;
  createdAt: Date;
  updatedAt: Date;
  finishedAt: Date | null;
  /** While it is dispatched and nothing is known: what the provider said when it took the instruction. */
  statusReason: string | null;
  /** The state that a transaction in review came from. */
  reviewedFrom: State | null;
  details: ReceiptDetails | null;
  owedAfterSuccess: NextActionName | null;
  /** What networks claim of it back, or have taken back. */
  disputedPaise: bigint;
}

/** What the provider said when it took the instruction. It decides nothing, so it stays on the attempt. */
const ACKNOWLEDGED = `
  (select a.acknowledged_reason from dispatch_attempts a
   where a.transaction_id = transactions.id and a.attempt_no = transactions.attempt_no)`;
/** The state that a transaction in review came from. */
export const REVIEWED_FROM = `
  (select e.from_state from transaction_events e
   where e.transaction_id = transactions.id and e.to_state = 'in_review' order by e.seq desc limit 1)`;

/** Networks claim back what a wallet was paid. */
const DISPUTED = `
  case when transactions.flow = 'credit' then coalesce((select sum(b.amount_paise) from disputes b
    where b.transaction_id = transactions.id and b.state <> 'won'), 0)::int8 else 0::int8 end`;

/**
 * The columns of a `ShownTransaction`, for a statement that reads `transactions`, with what other tables say
 * of it: `details` and `owed` are SQL expressions (`receipt.ts`).
 */
export function shownColumns({ details, owed }: { details: string; owed: string }): string {
  return selectOf({
    id: 'transactions.id',
    service: 'transactions.service',
    provider: 'transactions.provider',
    state: 'transactions.state',
    amountPaise: 'transactions.amount_paise',
    feePaise: 'transactions.fee_paise',
    taxPaise: 'transactions.tax_paise',
    chargePaise: 'transactions.charge_paise',
    totalPaise: 'transactions.total_paise',
    currency: 'transactions.currency',
    reference: 'transactions.reference',
    utr: 'transactions.utr',
    nextPollAt: 'transactions.next_poll_at',
    expectedBy: 'transactions.expected_by',
    expiresAt: 'transactions.expires_at',
    createdAt: 'transactions.created_at',
    updatedAt: 'transactions.updated_at',
    finishedAt: 'transactions.finished_at',
    statusReason: `coalesce(transactions.status_reason,
      case when transactions.state = 'dispatched' then ${ACKNOWLEDGED} end)`,
    reviewedFrom: `case when transactions.state = 'in_review' then ${REVIEWED_FROM} end`,
    details,
    owedAfterSuccess: `case when transactions.state = 'succeeded' then ${owed} end`,
    disputedPaise: DISPUTED,
  } satisfies ColumnsOf<ShownTransaction>);
}
