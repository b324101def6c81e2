import { callSandbox } from '../stack/sandbox-control';

/**
 * The sandbox's own book of what it was asked and what it paid, over its control API. Money in paise as
 * bigint.
 */
export interface BookPayout {
  id: string;
  reference: string | null;
  idempotencyKey: string;
  status: string;
  amountPaise: bigint;
  /** What it took from the account less what it gave back, fees and tax included. */
  netDebitPaise: bigint;
  debitPaise: bigint;
  requestsSeen: number;
  /** SHA-256, hex, of the body of each request. */
  bodyHashes: readonly string[];
}

export interface SandboxBook {
  /** How many payouts it holds. */
  count(): Promise<number>;
  /** All payouts from the n-th on (from 0), in the order they were booked. */
  payoutsFrom(n: number): Promise<BookPayout[]>;
  payoutsOf(references: readonly string[]): Promise<BookPayout[]>;
  /** Callbacks that it still owes. */
  callbacksOwed(): Promise<number>;
}

interface PayoutReport {
  id: string;
  reference_id: string | null;
  idempotency_key: string;
  status: string;
  amount: number;
  net_debit_paise: number;
  debit_paise: number;
  requests_seen: number;
  body_sha256: string[];
}

const PAGE = 1_000;
const REFERENCES = 200;

export function createSandboxBook(sandboxUrl: string): SandboxBook {
  const read = <T>(path: string): Promise<T> => callSandbox<T>(sandboxUrl, path);
  return {
    count: async () => (await read<{ payouts: number }>('/book/summary')).payouts,
    async payoutsFrom(n) {
      const payouts: BookPayout[] = [];
      for (let after: number | null = n - 1; after !== null;) {
        const page: { items: PayoutReport[]; next_after: number | null } = await read(
          `/book/payouts?limit=${PAGE}${after < 0 ? '' : `&after=${after}`}`,
        );
        payouts.push(...page.items.map(bookPayout));
        after = page.next_after;
      }
      return payouts;
    },
    async payoutsOf(references) {
      const payouts: BookPayout[] = [];
      for (let at = 0; at < references.length; at += REFERENCES) {
        const page: { items: PayoutReport[] } = await read(
          `/book/payouts?reference_ids=${references.slice(at, at + REFERENCES).join(',')}`,
        );
        payouts.push(...page.items.map(bookPayout));
      }
      return payouts;
    },
    callbacksOwed: async () => (await read<{ pending: number }>('/webhooks')).pending,
  };
}

function bookPayout(r: PayoutReport): BookPayout {
  return {
    id: r.id,
    reference: r.reference_id,
    idempotencyKey: r.idempotency_key,
    status: r.status,
    amountPaise: BigInt(r.amount),
    netDebitPaise: BigInt(r.net_debit_paise),
    debitPaise: BigInt(r.debit_paise),
    requestsSeen: r.requests_seen,
    bodyHashes: r.body_sha256,
  };
}
