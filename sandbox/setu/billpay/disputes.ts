/** Types of disputes: their codes on the network and how each one ends. */
import type { DisputeStatus } from '../entries';
import { addDays, istDate } from '../times';

export interface Disposition {
  code: string | null;
  steps: readonly DisputeStatus[];
}

const REFUND = ['PENDING_REFUND', 'REFUNDED'] as const;

/**
 * The types of the contract. Those without a disposition are older than the harmonised list and are treated
 * as complaints.
 */
export const DISPUTE_TYPES: ReadonlyMap<string, Disposition> = new Map(
  Object.entries<Disposition>({
    'service-not-received': { code: 'D11', steps: ['RESOLVED'] },
    'service-disconnected': { code: 'D12', steps: ['RESOLVED'] },
    'late-payment-surcharge': { code: 'D13', steps: ['DEFAULT_RESOLVED'] },
    'paid-to-wrong-account': { code: 'D21', steps: ['REJECTED'] },
    'double-payment': { code: 'D22', steps: REFUND },
    'wrong-amount': { code: 'D23', steps: REFUND },
    'payment-info-delay': { code: 'D31', steps: ['RESOLVED'] },
    'account-not-updated': { code: 'D32', steps: ['RESOLVED'] },
    'amount-deducted-biller-credited-no-transaction-id': { code: null, steps: ['RESOLVED'] },
    'amount-deducted-biller-not-credited-no-transaction-id': { code: null, steps: REFUND },
    'amount-deducted-multiple-times': { code: null, steps: REFUND },
    others: { code: null, steps: ['REJECTED'] },
  }),
);

export const isOpenDispute = (status: DisputeStatus): boolean =>
  status === 'ASSIGNED' || status === 'PENDING_REFUND';

/** The minimum age of a payment for a complaint, except for billers whose catalogue entry waives it. */
export const COOL_OFF_MS = 24 * 60 * 60 * 1_000;

/** The date by which a dispute must be closed, five days on. Complaints have none. */
export const ticketTat = (disposition: string | null, atMs: number): string | null =>
  disposition === null || disposition.startsWith('D3') ? null : istDate(addDays(atMs, 5));
