/** The sandbox's own book, read through its control API. */
export interface BookedPayout { id: string; reference_id: string | null; idempotency_key: string | null; status: string; amount: number; net_debit_paise: number; requests_seen: number; body_sha256: string[] }
export interface BookSummary { balance_paise: number; payouts: number }

const PAGE = 1_000;

/** Every payout, in the order of booking. */
export async function readBook(sandboxUrl: string): Promise<BookedPayout[]> {
  const all: BookedPayout[] = [];
  let after: number | null = -1;
  while (after !== null) {
    const page: { items: BookedPayout[]; next_after: number | null } = await readJson(`${sandboxUrl}/__sandbox/book/payouts?limit=${PAGE}${after < 0 ? '' : `&after=${after}`}`);
    all.push(...page.items);
    after = page.next_after;
  }
  return all;
}

export async function readBookSummary(sandboxUrl: string): Promise<BookSummary> { return readJson(`${sandboxUrl}/__sandbox/book/summary`); }

/** Callbacks that the sandbox still has to deliver. */
export async function pendingCallbacks(sandboxUrl: string): Promise<number> {
  return (await readJson<{ pending: number }>(`${sandboxUrl}/__sandbox/webhooks`)).pending;
}

async function readJson<T>(url: string): Promise<T> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`the sandbox answers ${answer.status}`);
  return await answer.json() as T;
}
