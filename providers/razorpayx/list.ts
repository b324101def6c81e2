import type { ListedPayment } from '../../domain/provider/provider';
import type { OnUnlisted } from '../answers';
import { readPayout } from './schemas';
import { readPage, unavailable, type StatementDeps } from './statement';
import { isVoidStatus } from './transformers';

const PAGE = 100; // the maximum that Razorpay allows
const MAX_PAGES = 5_000;

/**
 * `GET /payouts` of an account from one instant to another. A payout that is made while we page shifts the
 * rest by one, so one may come twice. The list is read to its end, or DomainError PROVIDER_UNAVAILABLE.
 */
export async function* listPayouts(
  deps: StatementDeps & { onUnlisted: OnUnlisted },
  from: Date,
  to: Date,
): AsyncGenerator<ListedPayment> {
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const items = await readPage(
      deps,
      'payouts',
      new URLSearchParams({
        account_number: deps.accountNumber,
        from: String(Math.floor(from.getTime() / 1_000)),
        to: String(Math.ceil(to.getTime() / 1_000)),
        count: String(PAGE),
        skip: String(page * PAGE),
      }),
    );
    for (const item of items) {
      const payout = readPayout(item);
      if (!payout.ok) throw unavailable(`a payout of the list breaks the contract in ${payout.field}`);
      const { id, referenceId, amountPaise, status } = payout.value;
      yield {
        ourReference: referenceId ?? null,
        providerReference: id,
        amountPaise,
        rawStatus: status,
        isVoid: isVoidStatus(status, deps.onUnlisted),
      };
    }
    if (items.length < PAGE) return;
  }
  throw unavailable('the list of payouts has no end');
}
