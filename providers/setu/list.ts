import { setTimeout as sleep } from 'node:timers/promises';
import type { ListedPayment } from '../../domain/provider/provider';
import { DomainError } from '../../domain/errors/errors';
import { businessDate } from '../../platform/clock';
import type { OnUnlisted } from '../answers';
import type { SetuClient } from './client';
import { ask } from './questions';
import { readTransactionsPage } from './schemas';
import { isVoidPayment } from './transformers';

const PAGE = 100;
const MAX_PAGES = 5_000;
const TRIES = 6;
const PAUSE_MS = 500;

/**
 * `GET /transactions`: every bill payment of some days, by the day of our own time stamp. Recharges have no
 * list. The list is read to its end, or DomainError PROVIDER_UNAVAILABLE.
 */
export async function* listBillPayments(
  deps: { client: SetuClient; onUnlisted: OnUnlisted },
  from: Date,
  to: Date,
): AsyncGenerator<ListedPayment> {
  const query = new URLSearchParams({
    startDate: businessDate(from),
    endDate: businessDate(to),
    limit: String(PAGE),
  });
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { payments, after } = await readPage(deps.client, query);
    for (const { refId, paymentRefId, amountPaise, status } of payments)
      yield {
        ourReference: paymentRefId ?? null,
        providerReference: refId,
        amountPaise: amountPaise ?? null,
        rawStatus: status,
        isVoid: isVoidPayment(status, deps.onUnlisted),
      };
    if (after === undefined) return;
    if (after === query.get('after')) break; // pages that go round
    query.set('after', after);
  }
  throw new DomainError('PROVIDER_UNAVAILABLE', { detail: 'the list of bill payments has no end' });
}

/** Tried a few times: nothing waits for it. */
async function readPage(client: SetuClient, query: URLSearchParams) {
  for (let tried = 1; ; tried += 1) {
    const call = { method: 'GET', path: `/api/v2/bbps/transactions?${query.toString()}` } as const;
    const answer = await ask(client, { operation: 'transactions', ...call }, readTransactionsPage, {});
    if (answer.ok) return answer.value;
    if (tried >= TRIES || answer.kind === 'refused')
      throw new DomainError('PROVIDER_UNAVAILABLE', { detail: 'the list of bill payments cannot be read' });
    await sleep(answer.retryAfterMs ?? PAUSE_MS * tried);
  }
}
