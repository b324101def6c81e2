import type { AccountId, UserId } from '../ids/ids';
import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { insertNew, int8, table, text } from '../../platform/sql';
import { DomainError } from '../errors/errors';
import type { ServiceName } from '../provider/service-name';

/**
 * The chart of accounts. A balance is credits minus debits; assets and expenses are therefore negative when
 * they hold something. Wallets, clearing and refunds payable have a floor of zero: the database refuses what
 * would take them below.
 */
export type AccountType = 'asset' | 'liability' | 'income' | 'expense';

/**
 * `main` is spent from; `aeps` collects what an agent has paid out in cash, `commission` what a user earned.
 */
export const WALLET_KINDS = ['main', 'aeps', 'commission'] as const;
export type WalletKind = (typeof WALLET_KINDS)[number];

export const accountCode = {
  wallet: (userId: UserId, kind: WalletKind) => `wallet:${userId}:${kind}`,
  clearing: (service: string) => `clearing:${service}`,
  float: (provider: string) => `float:${provider}`,
  suspense: (provider: string) => `suspense:${provider}`,
  /** What came to our bank account, or left it, and nobody can place yet. */
  unidentified: (bank: string) => `unidentified:${bank}`,
  /**
   * What a provider owes us: a `refund` of what it took, or its payment for a service that credits wallets.
   */
  receivable: (provider: string, what: 'refund' | ServiceName) => `receivable:${provider}:${what}`,
  /** What we owe a customer until they consent to the refund. */
  refundPayable: (userId: UserId) => `payable:refund:${userId}`,
  /** What is on its way from a user's wallet to their bank account by a file to our bank. */
  settlementPayable: (userId: UserId) => `payable:settlement:${userId}`,
  /** What a day of delay has cost us, less what is claimed for it from whom it was at fault. */
  compensation: () => 'expense:compensation',
  compensationClaim: (provider: string) => `receivable:${provider}:compensation`,
  /** Compensation to customers of ours who have no wallet: whose bank account was debited. */
  compensationPayable: (provider: string) => `payable:compensation:${provider}`,
  /** Fees that a provider has charged and collects later. */
  feesOwed: (provider: string) => `owed:fees:${provider}`,
  bank: (account: string) => `bank:${account}`,
  /** The owners' capital. */
  capital: () => 'capital:owner',
  feeIncome: (service: string) => `income:fee:${service}`,
  providerFee: (provider: string) => `expense:provider-fee:${provider}`,
  /** What a provider pays us for a service, before TDS. */
  commissionIncome: (provider: string, service: string) => `income:commission:${provider}:${service}`,
  /** What we pay users of a level for what they bring. */
  commissionExpense: (level: string) => `expense:commission:${level}`,
  /** What a user has to give back and their wallet could not give. */
  userReceivable: (userId: UserId) => `receivable:user:${userId}`,
  /** What we lose where a provider keeps money that we gave back. */
  loss: (provider: string) => `expense:loss:${provider}`,
  /** What putting a wallet right by hand has cost us, less what it brought, by cause. */
  adjustment: (cause: string) => `expense:adjustment:${cause}`,
  gstPayable: () => 'tax:gst-payable',
  gstInput: () => 'tax:gst-input',
  /** The tax that we deduct from users' commission, until it is paid to the state. */
  tdsPayable: () => 'tax:tds-payable',
  /** The tax that a provider deducted from its commission: paid for us, and claimed from the state by deductor. */
  tdsReceivable: (provider: string) => `tax:tds-receivable:${provider}`,
} as const;

const TYPES: Readonly<Record<string, AccountType>> = {
  wallet: 'liability',
  clearing: 'liability',
  float: 'asset',
  receivable: 'asset',
  payable: 'liability',
  owed: 'liability',
  suspense: 'liability',
  unidentified: 'liability',
  bank: 'asset',
  capital: 'liability',
  income: 'income',
  expense: 'expense',
};
const WITH_FLOOR = new Set(['wallet', 'clearing', 'payable']);

/** The account type that a code implies. */
export function accountType(code: string): AccountType {
  if (code === accountCode.gstPayable() || code === accountCode.tdsPayable()) return 'liability';
  if (code === accountCode.gstInput() || code.startsWith(accountCode.tdsReceivable(''))) return 'asset';
  const type = TYPES[code.split(':')[0]!];
  if (type === undefined)
    throw new DomainError('LEDGER_ACCOUNT_UNKNOWN', { detail: `no kind of account begins like ${code}` });
  return type;
}

const ACCOUNTS = table<string>('ledger_accounts', {
  code: text((code) => code),
  type: text((code) => accountType(code)),
  floor_paise: int8((code) => (WITH_FLOOR.has(code.split(':')[0]!) ? 0n : null)),
});

/** Opens missing accounts and returns the id of each code. Never called inside a posting. */
export async function openAccounts(
  db: Knex | Knex.Transaction,
  codes: readonly string[],
): Promise<Map<string, AccountId>> {
  const unique = [...new Set(codes)].toSorted();
  const find = (): Promise<{ code: string; id: AccountId }[]> =>
    rows<{ code: string; id: AccountId }>(
      db,
      'select code, id from ledger_accounts where code = any(?::text[])',
      [unique],
    );
  let found = await find();
  if (found.length < unique.length) {
    const known = new Set(found.map((a) => a.code));
    const missing = unique.filter((code) => !known.has(code));
    await insertNew(db, ACCOUNTS, missing, { conflict: '(code)', returning: 'code' });
    found = await find();
  }
  return new Map(found.map((a) => [a.code, a.id]));
}

/**
 * Finds the ids of shared accounts by code and opens them on first use. Ids never change, so they are cached.
 */
export interface AccountDirectory {
  id(code: string): Promise<AccountId>;
}

export function createAccountDirectory(deps: { knex: Knex }): AccountDirectory {
  const known = new Map<string, Promise<AccountId>>();
  return {
    id(code) {
      let id = known.get(code);
      if (id === undefined) {
        id = openAccounts(deps.knex, [code]).then((found) => found.get(code)!);
        known.set(code, id);
        id.catch(() => known.delete(code));
      }
      return id;
    },
  };
}
