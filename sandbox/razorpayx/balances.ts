/** `GET /v1/banking_balances` (docs: api/x/account-validation/balance-fetch). */
import { paiseToJson } from '../../platform/money';
import { ACCOUNT_TYPES } from './account';
import type { Book } from './book';
import { collection } from './entities';
import { invalidField } from './errors';
import { readBalancesQuery, type Query } from './queries';

/** The partner bank of a current account; a Lite account has none. */
const BANK = { bank_name: 'Munim Sandbox Bank', bank_code: 'SNDB' };

/** The one account of the sandbox, unless a filter leaves it out. */
export function listBalances(book: Book, query: Query) {
  const { accountType, bankCode, count, skip } = readBalancesQuery(query);
  if (accountType !== null && !(ACCOUNT_TYPES as readonly string[]).includes(accountType))
    throw invalidField('account_type', 'The selected account type is invalid.');
  if (bankCode !== null && bankCode !== BANK.bank_code)
    throw invalidField('bank_code', `Invalid channel name: ${bankCode.slice(0, 20)}`);
  const { type } = book.account;
  const isWanted =
    (accountType === null || accountType === type) && (bankCode === null || type === 'current_account');
  return collection(isWanted ? [balanceEntity(book)].slice(skip, skip + count) : []);
}

function balanceEntity({ account, accountNumber }: Book) {
  const { balancePaise, refreshedAtMs } = account.known();
  const amount = paiseToJson(balancePaise);
  const isLite = account.type === 'razorpayx_lite';
  return {
    entity: 'banking_balance',
    currency: 'INR',
    account_number: accountNumber,
    account_type: account.type,
    // as the docs print it: an account without a bank has `bank` in place of the code
    ...(isLite ? { bank_name: null, bank: null } : BANK),
    amount,
    available_amount: amount,
    refreshed_at: Math.floor(refreshedAtMs / 1_000),
  };
}
