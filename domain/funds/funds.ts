import type { AccountId, UserId } from '../ids/ids';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { derivedUuid } from '../../platform/ids';
import { MAX_AMOUNT_PAISE, type Paise } from '../../platform/money';
import type { ApprovalDetail, ApprovalModel } from '../approvals/approval.model';
import type { ApprovalAction, Proposal } from '../approvals/approvals';
import { DomainError } from '../errors/errors';
import { utrAsKept } from '../india/utr';
import { accountCode, type AccountDirectory, type WalletKind } from '../ledger/accounts';
import { postIn } from '../ledger/post';
import { FUNDS_ERRORS } from './errors';

/**
 * Money that comes to the platform or moves within it by the word of persons. Each is one transfer between
 * two accounts, proposed by one ops account and approved by another. "A -> B" means debit A, credit B.
 *   bank.opening       bank -> capital     what the owners have brought to our bank account
 *   float.opening      float -> capital    what a provider held for us before the books began
 *   float.top_up       float -> bank       we moved money from our bank to a provider
 *   float.withdrawal   bank -> float       money went back from a provider's account to our bank
 *   float.fees         fees owed -> float  a provider collected the fees of a day from our account with it
 *   wallet.credit      bank -> wallet      a customer brought money to our bank
 *   wallet.debit       wallet -> bank      a customer was given money back from our bank
 *   wallet.collect     aeps wallet -> main wallet of the same user
 *   adjustment.credit  expense -> wallet   something was put right, for a cause of the list
 *   adjustment.debit   wallet -> expense   the same, the other way
 * With a provider, an adjustment is against its suspense account, where what does not fit its reports waits.
 * The reference is that of the bank statement's line. A journal's id is derived from it, so one line is booked
 * once and never again, whatever it is booked as.
 */
export const FUNDS_ACTIONS = [
  'bank.opening',
  'float.opening',
  'float.top_up',
  'float.withdrawal',
  'float.fees',
  'wallet.credit',
  'wallet.debit',
  'wallet.collect',
  'adjustment.credit',
  'adjustment.debit',
] as const;
export type FundsAction = (typeof FUNDS_ACTIONS)[number];

/** Why a balance is put right by hand. */
export const ADJUSTMENT_CAUSES = ['correction', 'goodwill', 'recovery', 'fraud'] as const;
export type AdjustmentCause = (typeof ADJUSTMENT_CAUSES)[number];

export interface FundsRequest {
  action: FundsAction;
  amountPaise: Paise;
  /** Of the statement's line; for `wallet.collect` and adjustments any that names the request. */
  reference: string;
  /** Our bank account by its name in the books (`escrow`). */
  bank?: string;
  provider?: string;
  userId?: UserId;
  cause?: AdjustmentCause;
  reason: string;
  evidence: string;
}

export interface FundsDependencies {
  knex: Knex;
  clock: Clock;
  accounts: AccountDirectory;
}

const ROOT = '01930000-0000-7000-8000-00000000f00d';
const NAME = /^[a-z0-9][a-z0-9_-]{0,39}$/;
const REFERENCE = /^[A-Za-z0-9][A-Za-z0-9/_.-]{3,59}$/;

/** The proposal of a movement of money. Throws DomainError REQUEST_FIELD_INVALID. */
export function fundsProposal(request: FundsRequest): Proposal {
  const { action, amountPaise, reference, bank, provider, userId, cause, reason, evidence } = request;
  if (amountPaise <= 0n || amountPaise > 10n * MAX_AMOUNT_PAISE)
    throw invalid('the amount must be more than nothing and at most 10,000 crore');
  if (!REFERENCE.test(reference))
    throw invalid(
      'the reference must have 4 to 60 letters, digits and / _ . - (it begins with one of the former)',
    );
  // What the action does not need would change the id of its journal: one opening could be booked twice.
  const needed = (place: Place, value: string | undefined): string | null =>
    NEEDS[action].includes(place) ? (value ?? '') : null;
  const places = {
    bank: needed('bank', bank),
    provider: needed('provider', provider),
    user: needed('user', userId),
  };
  if (places.bank !== null && !NAME.test(places.bank)) throw invalid('a bank account of the books is needed');
  if (places.provider !== null && !NAME.test(places.provider)) throw invalid('a provider is needed');
  if (places.user === '') throw invalid('a user is needed');
  const isAdjustment = action === 'adjustment.credit' || action === 'adjustment.debit';
  if (isAdjustment && (cause === undefined) === (provider === undefined))
    throw invalid(`a cause is needed (${ADJUSTMENT_CAUSES.join(', ')}), or a provider`);
  const against: ApprovalDetail = isAdjustment ? { cause: cause ?? null, provider: provider ?? null } : {};
  return {
    action,
    subject: `${action}:${places.bank ?? places.provider ?? places.user}:${reference}`,
    detail: { amount_paise: amountPaise.toString(), reference, ...places, ...against },
    amountPaise,
    countedFor: gainerOf(places),
    reason,
    evidence,
  };
}

type Place = 'bank' | 'provider' | 'user';

/** Small amounts are counted together for whoever gains by them. */
function gainerOf({ user, provider, bank }: Readonly<Record<Place, string | null>>): string {
  if (user !== null) return `user:${user}`;
  return provider === null ? `bank:${bank}` : `provider:${provider}`;
}

const NEEDS: Readonly<Record<FundsAction, readonly Place[]>> = {
  'bank.opening': ['bank'],
  'float.opening': ['provider'],
  'float.top_up': ['provider', 'bank'],
  'float.withdrawal': ['provider', 'bank'],
  'float.fees': ['provider'],
  'wallet.credit': ['user', 'bank'],
  'wallet.debit': ['user', 'bank'],
  'wallet.collect': ['user'],
  'adjustment.credit': ['user'],
  'adjustment.debit': ['user'],
};

function invalid(detail: string): DomainError {
  return new DomainError('REQUEST_FIELD_INVALID', { detail });
}

/** What approvals of this capability do. */
export function createFunds(deps: FundsDependencies): Readonly<Record<string, ApprovalAction>> {
  return Object.fromEntries(
    FUNDS_ACTIONS.map((action) => [
      action,
      {
        async look({ detail }: Pick<Proposal, 'detail'>): Promise<ApprovalDetail> {
          await sidesOf(deps, deps.knex, action, detail);
          await requireNew(deps.knex, action, detail);
          return {};
        },
        carryOut: (trx: Knex.Transaction, approval: ApprovalModel) => post(trx, deps, action, approval),
      },
    ]),
  );
}

async function post(
  trx: Knex.Transaction,
  deps: FundsDependencies,
  action: FundsAction,
  { detail }: ApprovalModel,
): Promise<{ journalId: string; result: ApprovalDetail }> {
  const { debit, credit, code } = await sidesOf(deps, trx, action, detail);
  await requireNew(trx, action, detail);
  const amountPaise = BigInt(String(detail.amount_paise));
  const id = journalIdOf(action, detail);
  const transfers = [{ debitAccountId: debit, creditAccountId: credit, amountPaise, code }];
  const [result] = await postIn(trx, deps, [{ journal: { id, transactionId: null, transfers } }]);
  if (result?.status === 'posted')
    return { journalId: id, result: { posted: code, amount_paise: amountPaise.toString() } };
  if (result?.status === 'refused' && result.code !== 'LEDGER_JOURNAL_MISMATCH')
    throw new DomainError(result.code);
  throw used(action);
}

function journalIdOf(action: FundsAction, { bank, provider, user, reference }: ApprovalDetail): string {
  if (bank !== null) return bankJournalId(String(bank), String(reference));
  const whose = NEEDS[action].includes('user') ? user : provider;
  return providerJournalId(action, String(whose), String(reference));
}

/** One line of a bank's statement is one journal, whatever it is booked as, and however its reference is written. */
export function bankJournalId(bank: string, reference: string): string {
  return journalIdAsWritten(bank, utrAsKept(reference));
}

/** The id of what was booked while each spelling of a reference was another line. */
export function journalIdAsWritten(bank: string, reference: string): string {
  return derivedUuid(ROOT, `bank|${bank}|${reference.toUpperCase()}`);
}

/** That id, and those under which the same line may be booked from before: as it is written, and with an RRN padded. */
export function bankJournalIds(bank: string, reference: string): string[] {
  const one = utrAsKept(reference);
  const padded = /^\d{12}$/.test(one) ? [one.padStart(16, '0')] : [];
  return [...new Set([one, reference, ...padded].map((text) => journalIdAsWritten(bank, text)))];
}

/** The line of the bank's statement is booked, as whatever and under whichever of its ids. */
export const isBankLineBooked = (
  db: Knex | Knex.Transaction,
  bank: string,
  reference: string,
): Promise<boolean> => isPosted(db, bankJournalIds(bank, reference));

async function requireNew(
  db: Knex | Knex.Transaction,
  action: FundsAction,
  detail: ApprovalDetail,
): Promise<void> {
  const isUsed =
    detail.bank === null
      ? isPosted(db, [journalIdOf(action, detail)])
      : isBankLineBooked(db, String(detail.bank), String(detail.reference));
  if (await isUsed) throw used(action);
}

/** The same of what a provider's own statement names, without a bank. */
export function providerJournalId(action: FundsAction, provider: string, reference: string): string {
  return derivedUuid(ROOT, `${action}|${provider}|${reference.toUpperCase()}`);
}

/** One of these journals is posted. */
export async function isPosted(db: Knex | Knex.Transaction, journalIds: readonly string[]): Promise<boolean> {
  const found = await rows<{ line: number }>(
    db,
    'select line from ledger_transfers where journal_id = any(?::uuid[]) limit 1',
    [journalIds],
  );
  return found.length > 0;
}

function used(action: FundsAction): DomainError {
  return new DomainError(
    NEEDS[action].includes('bank') || !NEEDS[action].includes('user')
      ? FUNDS_ERRORS.FUNDS_REFERENCE_USED
      : FUNDS_ERRORS.FUNDS_ALREADY_MOVED,
  );
}

interface Sides {
  debit: AccountId;
  credit: AccountId;
  code: string;
}

async function sidesOf(
  { accounts }: FundsDependencies,
  db: Knex | Knex.Transaction,
  action: FundsAction,
  { bank, provider, user, cause }: ApprovalDetail,
): Promise<Sides> {
  const bankAccount = (): Promise<AccountId> => accounts.id(accountCode.bank(String(bank)));
  const float = (): Promise<AccountId> => accounts.id(accountCode.float(String(provider)));
  const capital = (): Promise<AccountId> => accounts.id(accountCode.capital());
  const wallet = (kind: WalletKind): Promise<AccountId> => walletAccount(db, String(user), kind);
  const against = async (): Promise<AccountId> => {
    if (provider === null) return accounts.id(accountCode.adjustment(String(cause)));
    await requireProvider(db, String(provider));
    return accounts.id(accountCode.suspense(String(provider)));
  };
  switch (action) {
    case 'bank.opening':
      return { debit: await bankAccount(), credit: await capital(), code: 'capital' };
    case 'float.opening':
      await requireProvider(db, String(provider));
      return { debit: await float(), credit: await capital(), code: 'capital' };
    case 'float.top_up':
      await requireProvider(db, String(provider));
      return { debit: await float(), credit: await bankAccount(), code: 'float_top_up' };
    case 'float.withdrawal':
      await requireProvider(db, String(provider));
      return { debit: await bankAccount(), credit: await float(), code: 'float_withdrawal' };
    case 'float.fees':
      await requireProvider(db, String(provider));
      return {
        debit: await accounts.id(accountCode.feesOwed(String(provider))),
        credit: await float(),
        code: 'fees_collected',
      };
    case 'wallet.credit':
      return { debit: await bankAccount(), credit: await wallet('main'), code: 'funding' };
    case 'wallet.debit':
      return { debit: await wallet('main'), credit: await bankAccount(), code: 'withdrawn' };
    case 'adjustment.credit':
      return { debit: await against(), credit: await wallet('main'), code: 'adjusted' };
    case 'adjustment.debit':
      return { debit: await wallet('main'), credit: await against(), code: 'adjusted' };
    case 'wallet.collect':
      return { debit: await wallet('aeps'), credit: await wallet('main'), code: 'collected' };
  }
}

async function walletAccount(
  db: Knex | Knex.Transaction,
  user: string,
  kind: WalletKind,
): Promise<AccountId> {
  const [found] = await rows<{ accountId: AccountId; status: string }>(
    db,
    `select w.account_id as "accountId", u.status from wallets w join users u on u.id = w.user_id
    where w.user_id = ? and w.kind = ?`,
    [user, kind],
  );
  if (found === undefined) throw new DomainError('WALLET_NOT_FOUND');
  // What a disabled user earned is still theirs; only new money is refused.
  if (found.status !== 'active' && kind === 'main') throw new DomainError(FUNDS_ERRORS.FUNDS_USER_DISABLED);
  return found.accountId;
}

async function requireProvider(db: Knex | Knex.Transaction, provider: string): Promise<void> {
  const found = await rows<{ provider: string }>(
    db,
    'select provider from provider_policies where provider = ? limit 1',
    [provider],
  );
  if (found.length === 0) throw new DomainError('PROVIDER_UNKNOWN');
}
