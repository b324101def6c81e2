import type { ProviderBalance } from '../../domain/provider/provider';
import { readBankingBalance, type AccountType } from './schemas';
import { readPage, unavailable, type StatementDeps } from './statement';

const PAGE = 100; // the maximum that Razorpay allows
const MAX_PAGES = 50;

/**
 * `GET /banking_balances`: the balance of our account as Razorpay last saw it, and when. The bank of a current
 * account may hold less by now. Throws DomainError PROVIDER_UNAVAILABLE, also when our account is not listed.
 */
export async function readBalance(
  deps: StatementDeps & { accountType: AccountType },
): Promise<ProviderBalance> {
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const items = await readPage(
      deps,
      'balances',
      new URLSearchParams({
        account_type: deps.accountType,
        count: String(PAGE),
        skip: String(page * PAGE),
      }),
      1, // it is read again in half a minute anyway
    );
    for (const item of items) {
      const read = readBankingBalance(item);
      if (!read.ok) throw unavailable(`a balance breaks the contract in ${read.field}`);
      const { accountNumber, availablePaise, amountPaise, refreshedAt } = read.value;
      if (accountNumber === deps.accountNumber)
        return { amountPaise, availablePaise, refreshedAt: new Date(refreshedAt * 1_000) };
    }
    if (items.length < PAGE) break;
  }
  throw unavailable(`our account is not among the balances of type ${deps.accountType}`);
}
