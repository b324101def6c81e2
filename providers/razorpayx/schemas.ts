import { isAbsent, isIdOf, isText, present, reasonWord, UTR } from '../razorpay-forms';
import { isFields, isPaise, no, yes, type Fields, type Reading } from '../reading';

/**
 * RazorpayX's answers, read as if they were hostile: each field that we use is checked for type, form and
 * range, everything else is left alone (they add fields at will). Numbers must be safe integers: a larger one
 * has lost paise in JSON.parse.
 */
export interface Payout {
  id: string;
  fundAccountId: string | undefined;
  amountPaise: bigint;
  status: string;
  /** The fee with its tax, and the tax; both, or neither when they have not been taken yet. */
  feesPaise: bigint | undefined;
  taxPaise: bigint | undefined;
  utr: string | undefined;
  referenceId: string | undefined;
  reason: string | undefined;
  /** Who has to act: `business` is us. */
  source: string | undefined;
}

export interface StatementItem {
  id: string;
  creditPaise: bigint;
  debitPaise: bigint;
  balancePaise: bigint;
  sourceKind: string;
  sourceId: string;
  createdAt: number;
}

/** The accounts of RazorpayX, as `GET /banking_balances` names them. */
export const ACCOUNT_TYPES = ['current_account', 'razorpayx_lite'] as const;
export type AccountType = (typeof ACCOUNT_TYPES)[number];

export function isAccountType(text: string): text is AccountType {
  return (ACCOUNT_TYPES as readonly string[]).includes(text);
}

export interface BankingBalance {
  accountNumber: string;
  amountPaise: bigint;
  /** What can be withdrawn: without what is under a lien, with what may be overdrawn. */
  availablePaise: bigint;
  /** Unix seconds; when Razorpay asked the bank. */
  refreshedAt: number;
}

const LAST_SECOND = 253_402_300_799; // of the year 9999
const STATUS = /^[a-z][a-z0-9_]{0,39}$/;

export function readPayout(value: unknown): Reading<Payout> {
  if (!isFields(value) || value.entity !== 'payout') return no('entity');
  if (!isIdOf('pout', value.id)) return no('id');
  if (!isPaise(value.amount) || value.amount < 1) return no('amount');
  if (value.currency !== undefined && value.currency !== 'INR') return no('currency');
  if (typeof value.status !== 'string' || !STATUS.test(value.status)) return no('status');
  if (!isAbsent(value.fund_account_id) && !isIdOf('fa', value.fund_account_id)) return no('fund_account_id');
  if (!isAbsent(value.reference_id) && !isText(value.reference_id, 40)) return no('reference_id');
  if (!isAbsent(value.fees) && !isPaise(value.fees)) return no('fees');
  if (!isAbsent(value.tax) && !isPaise(value.tax)) return no('tax');
  const [fees, tax] = [
    isAbsent(value.fees) ? undefined : (value.fees as number),
    isAbsent(value.tax) ? undefined : (value.tax as number),
  ];
  if ((fees === undefined) !== (tax === undefined) || (fees !== undefined && tax! > fees)) return no('tax');
  const details = isFields(value.status_details)
    ? value.status_details
    : isFields(value.error)
      ? value.error
      : {};
  return yes({
    id: value.id,
    fundAccountId: present(value.fund_account_id),
    amountPaise: BigInt(value.amount),
    status: value.status,
    feesPaise: fees === undefined ? undefined : BigInt(fees),
    taxPaise: tax === undefined ? undefined : BigInt(tax),
    // For people; an odd UTR must not hold up the money.
    utr: typeof value.utr === 'string' && UTR.test(value.utr) ? value.utr : undefined,
    referenceId: present(value.reference_id),
    reason: reasonWord(details.reason),
    source: reasonWord(details.source),
  });
}

/**
 * The id of a contact or fund account that was made, and of the contact that it belongs to. Equal details
 * bring back the one that exists, also when somebody has switched it off.
 */
export function readCreated(
  value: unknown,
  entity: 'contact' | 'fund_account',
  prefix: 'cont' | 'fa',
  contactId?: string,
): Reading<{ id: string; isActive: boolean }> {
  if (!isFields(value) || value.entity !== entity) return no('entity');
  if (!isIdOf(prefix, value.id)) return no('id');
  if (contactId !== undefined && value.contact_id !== contactId) return no('contact_id');
  return yes({ id: value.id, isActive: value.active !== false });
}

export function readStatementItem(value: unknown): Reading<StatementItem> {
  if (!isFields(value) || value.entity !== 'transaction') return no('entity');
  if (!isIdOf('txn', value.id)) return no('id');
  if (value.currency !== 'INR') return no('currency');
  if (!isPaise(value.credit)) return no('credit');
  if (!isPaise(value.debit)) return no('debit');
  if ((value.credit === 0) === (value.debit === 0)) return no('debit'); // a line moves money one way
  if (!Number.isSafeInteger(value.balance)) return no('balance'); // an overdrawn account is below zero
  if (!isPaise(value.created_at) || value.created_at > LAST_SECOND) return no('created_at');
  const source: Fields = isFields(value.source) ? value.source : {};
  return yes({
    id: value.id,
    creditPaise: BigInt(value.credit),
    debitPaise: BigInt(value.debit),
    balancePaise: BigInt(value.balance as number),
    sourceKind: reasonWord(source.entity) ?? 'unknown',
    sourceId: typeof source.id === 'string' && /^[A-Za-z0-9_]{3,60}$/.test(source.id) ? source.id : '',
    createdAt: value.created_at,
  });
}

export function readBankingBalance(value: unknown): Reading<BankingBalance> {
  if (!isFields(value) || value.entity !== 'banking_balance') return no('entity');
  if (typeof value.account_number !== 'string' || value.account_number === '') return no('account_number');
  if (value.currency !== 'INR') return no('currency');
  // Both may be below zero: an account can be overdrawn.
  if (!Number.isSafeInteger(value.amount)) return no('amount');
  if (!Number.isSafeInteger(value.available_amount)) return no('available_amount');
  if (!isPaise(value.refreshed_at) || value.refreshed_at > LAST_SECOND) return no('refreshed_at');
  return yes({
    accountNumber: value.account_number,
    amountPaise: BigInt(value.amount as number),
    availablePaise: BigInt(value.available_amount as number),
    refreshedAt: value.refreshed_at,
  });
}
