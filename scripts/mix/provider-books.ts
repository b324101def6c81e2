import { callSandbox } from '../stack/sandbox-control';

/**
 * The books of Eko and Setu as their sandboxes show them: which transactions they were asked for, and what
 * each has cost us. Money in paise as bigint.
 */
export const BOOK_NAMES = ['eko', 'billpay', 'recharge'] as const;
export type BookName = (typeof BOOK_NAMES)[number];

export interface Booking {
  book: BookName;
  service: string;
  reference: string | null;
  /** The provider's own word. */
  status: string;
  amountPaise: bigint;
  /**
   * What it took from what we have there, less what it gave back and what it pays us for it; below zero where it
   * brought money (AEPS).
   */
  netDebitPaise: bigint;
  requestsSeen: number;
}

export interface ProviderBooks {
  /** How many transactions each book holds. */
  counts(): Promise<Record<BookName, number>>;
  /** What was booked since those counts. */
  since(counts: Record<BookName, number>): Promise<Booking[]>;
  /** What the books hold under these references of ours. */
  of(book: BookName, references: readonly string[]): Promise<Booking[]>;
  /** Callbacks that Eko and Setu still owe. */
  callbacksOwed(): Promise<number>;
}

interface EkoReport {
  client_ref_id: string | null;
  service: string;
  tx_status: string;
  amount_paise: number;
  net_debit_paise: number;
  requests_seen: number;
}
interface SetuReport {
  payment_ref_id: string;
  status: string;
  amount: number;
  net_debit_paise: number;
  requests_seen: number;
}
interface Page<T> {
  items: T[];
  next_after: number | null;
}

const PAGE = 1_000;
const REFERENCES = 200;
/** Ours, where Eko calls it otherwise. */
const EKO_SERVICES: Readonly<Record<string, string>> = { aeps_withdrawal: 'aeps' };

export function createProviderBooks(sandboxUrl: string): ProviderBooks {
  const read = <T>(path: string): Promise<T> => callSandbox<T>(sandboxUrl, path);
  async function page(book: BookName, query: string): Promise<Page<Booking>> {
    if (book === 'eko') {
      const { items, next_after } = await read<Page<EkoReport>>(`/eko/book/transactions?${query}`);
      return { items: items.map(ekoBooking), next_after };
    }
    const { items, next_after } = await read<Page<SetuReport>>(`/setu/${book}/book/payments?${query}`);
    return { items: items.map((r) => setuBooking(book, r)), next_after };
  }
  return {
    async counts() {
      const [eko, billpay, recharge] = await Promise.all([
        read<{ transactions: number }>('/eko/book/summary'),
        read<{ payments: number }>('/setu/billpay/book/summary'),
        read<{ payments: number }>('/setu/recharge/book/summary'),
      ]);
      return { eko: eko.transactions, billpay: billpay.payments, recharge: recharge.payments };
    },
    async since(counts) {
      const found: Booking[] = [];
      for (const book of BOOK_NAMES) {
        for (let after: number | null = counts[book] - 1; after !== null;) {
          const { items, next_after }: Page<Booking> = await page(
            book,
            `limit=${PAGE}${after < 0 ? '' : `&after=${after}`}`,
          );
          found.push(...items);
          after = next_after;
        }
      }
      return found;
    },
    async of(book, references) {
      const found: Booking[] = [];
      for (let at = 0; at < references.length; at += REFERENCES) {
        found.push(
          ...(
            await page(
              book,
              `${book === 'eko' ? 'client_ref_ids' : 'payment_ref_ids'}=${references.slice(at, at + REFERENCES).join(',')}`,
            )
          ).items,
        );
      }
      return found;
    },
    callbacksOwed: async () =>
      (await read<{ pending: number }>('/eko/webhooks')).pending +
      (await read<{ pending: number }>('/setu/webhooks')).pending,
  };
}

function ekoBooking(r: EkoReport): Booking {
  return {
    book: 'eko',
    service: EKO_SERVICES[r.service] ?? r.service,
    reference: r.client_ref_id,
    status: r.tx_status,
    amountPaise: BigInt(r.amount_paise),
    netDebitPaise: BigInt(r.net_debit_paise),
    requestsSeen: r.requests_seen,
  };
}

/** Setu pays its commission with the settlement, never through the wallet. */
function setuBooking(book: BookName, r: SetuReport): Booking {
  return {
    book,
    service: book === 'billpay' ? 'bbps' : book,
    reference: r.payment_ref_id,
    status: r.status,
    amountPaise: BigInt(r.amount),
    netDebitPaise: BigInt(r.net_debit_paise),
    requestsSeen: r.requests_seen,
  };
}
