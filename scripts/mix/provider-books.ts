/** The books of Eko and Setu over the sandbox's control API, by our references. Money in paise as bigint. */
export interface BookEntry {
  reference: string;
  status: string;
  amountPaise: bigint;
  /** What it took from the float less what it gave back, below zero where it brought money; commission apart, which comes with the nightly run. */
  netDebitPaise: bigint;
  requestsSeen: number;
}

export interface ProviderBooks {
  of(service: 'bbps' | 'recharge' | 'dmt' | 'aeps'): Promise<BookEntry[]>;
  /** Callbacks that Eko and Setu still owe. */
  callbacksOwed(): Promise<number>;
}

interface EkoRow { client_ref_id: string; service: string; tx_status: string; amount_paise: number; commission_paise: number; tds_paise: number; net_debit_paise: number; requests_seen: number }
interface SetuRow { payment_ref_id: string; status: string; amount: number; net_debit_paise: number; requests_seen: number }
interface Page<T> { items: T[]; next_after: number | null }

const PAGE = 1_000;
const EKO_SERVICE = { dmt: 'dmt', aeps: 'aeps_withdrawal' } as const;
const SETU_PRODUCT = { bbps: 'billpay', recharge: 'recharge' } as const;

export function createProviderBooks(sandboxUrl: string): ProviderBooks {
  async function read<T>(path: string): Promise<T> {
    const response = await fetch(`${sandboxUrl}/__sandbox${path}`, { signal: AbortSignal.timeout(30_000) });
    if (!response.ok) throw new Error(`the sandbox answers ${response.status} to ${path.split('?')[0]}`);
    return await response.json() as T;
  }
  async function all<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    for (let after: number | null = -1; after !== null;) {
      const page: Page<T> = await read(`${path}?limit=${PAGE}${after < 0 ? '' : `&after=${after}`}`);
      items.push(...page.items);
      after = page.next_after;
    }
    return items;
  }
  return {
    async of(service) {
      if (service === 'dmt' || service === 'aeps') return (await all<EkoRow>('/eko/book/transactions')).filter((row) => row.service === EKO_SERVICE[service]).map(fromEko);
      return (await all<SetuRow>(`/setu/${SETU_PRODUCT[service]}/book/payments`)).map(fromSetu);
    },
    callbacksOwed: async () => (await read<{ pending: number }>('/eko/webhooks')).pending + (await read<{ pending: number }>('/setu/webhooks')).pending,
  };
}

function fromEko(row: EkoRow): BookEntry {
  const commission = BigInt(row.commission_paise) - BigInt(row.tds_paise);
  const net = BigInt(row.net_debit_paise);
  return { reference: row.client_ref_id, status: row.tx_status, amountPaise: BigInt(row.amount_paise), netDebitPaise: net === 0n ? 0n : net + commission, requestsSeen: row.requests_seen };
}

function fromSetu(row: SetuRow): BookEntry {
  return { reference: row.payment_ref_id, status: row.status, amountPaise: BigInt(row.amount), netDebitPaise: BigInt(row.net_debit_paise), requestsSeen: row.requests_seen };
}
