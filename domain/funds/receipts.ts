import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { MAX_AMOUNT_PAISE, type Paise } from '../../platform/money';
import type { ApprovalDetail, ApprovalModel } from '../approvals/approval.model';
import type { ApprovalAction, Proposal } from '../approvals/approvals';
import { DomainError } from '../errors/errors';
import { accountCode } from '../ledger/accounts';
import type { Transfer } from '../ledger/journal';
import { postIn } from '../ledger/post';
import { lockAccountsForUpdate } from '../ledger/rows';
import { SERVICES, type ServiceName } from '../provider/service-name';
import { FUNDS_ERRORS } from './errors';
import { bankJournalId, isBankLineBooked, type FundsDependencies } from './funds';

/**
 * What a provider has paid to our bank of what it owes us: for a service that credits wallets (its principal and its
 * commission), for refunds, or for compensation. It closes that much of the receivable.
 *   bank -> receivable   what came, as the line of the statement says it
 *   <cause> -> receivable  what did not come and will not, with its cause: what is closed beyond what came
 *   receivable -> suspense what came beyond what is owed, until a person knows whose it is
 * The journal is that of the line of the bank's statement, so one line is booked once, and reconciliation finds it.
 */
export const RECEIPT = 'receivable.receipt';

/** What a provider owes us for. */
export const RECEIVABLES = [...SERVICES, 'refund', 'compensation'] as const;
export type Receivable = (typeof RECEIVABLES)[number];

/** `tds`: more tax was deducted; `fee`: the provider kept a fee; `loss`: it does not pay, and we give it up. */
export const SHORT_CAUSES = ['tds', 'fee', 'loss'] as const;
export type ShortCause = (typeof SHORT_CAUSES)[number];

export interface ReceiptRequest {
  provider: string;
  of: Receivable;
  bank: string;
  /** What came. */
  amountPaise: Paise;
  /** Of the statement's line. */
  reference: string;
  /** What is missing and is explained by this. */
  short?: { paise: Paise; cause: ShortCause };
  reason: string;
  evidence: string;
}

const NAME = /^[a-z0-9][a-z0-9_-]{0,39}$/;
const REFERENCE = /^[A-Za-z0-9][A-Za-z0-9/_.-]{3,59}$/;

/** Throws DomainError REQUEST_FIELD_INVALID. */
export function receiptProposal(request: ReceiptRequest): Proposal {
  const { provider, of, bank, amountPaise, reference, short, reason, evidence } = request;
  const most = 10n * MAX_AMOUNT_PAISE;
  if (amountPaise <= 0n || amountPaise > most) throw invalid('the amount must be more than nothing');
  if (short !== undefined && (short.paise <= 0n || short.paise > most))
    throw invalid('what is short must be more than nothing');
  if (!NAME.test(provider)) throw invalid('a provider is needed');
  if (!NAME.test(bank)) throw invalid('a bank account of the books is needed');
  if (!REFERENCE.test(reference)) throw invalid('the reference of the line of the statement is needed');
  return {
    action: RECEIPT,
    subject: `${RECEIPT}:${bank}:${reference}`,
    detail: {
      ...{ provider, of, bank, reference, amount_paise: amountPaise.toString() },
      short_paise: short?.paise.toString() ?? null,
      short_cause: short?.cause ?? null,
    },
    amountPaise: amountPaise + (short?.paise ?? 0n),
    countedFor: `provider:${provider}`,
    reason,
    evidence,
  };
}

function invalid(detail: string): DomainError {
  return new DomainError('REQUEST_FIELD_INVALID', { detail });
}

export function createReceipts(deps: FundsDependencies): Readonly<Record<string, ApprovalAction>> {
  return {
    [RECEIPT]: {
      async look({ detail }) {
        const given = givenIn(detail);
        if (await isBankLineBooked(deps.knex, given.bank, given.reference))
          throw new DomainError(FUNDS_ERRORS.FUNDS_REFERENCE_USED);
        const owed = await owedBy(deps.knex, given);
        requireOwed(owed, given);
        return { seen_owed_paise: owed.toString() };
      },
      carryOut: (trx, approval) => carryOut(trx, deps, approval),
    },
  };
}

interface Given {
  provider: string;
  of: Receivable;
  bank: string;
  reference: string;
  amountPaise: Paise;
  shortPaise: Paise;
  shortCause: ShortCause | null;
}

const givenIn = (detail: ApprovalDetail): Given => ({
  provider: String(detail.provider),
  of: String(detail.of) as Receivable,
  bank: String(detail.bank),
  reference: String(detail.reference),
  amountPaise: BigInt(String(detail.amount_paise)),
  shortPaise: BigInt(String(detail.short_paise ?? 0)),
  shortCause: detail.short_cause as ShortCause | null,
});

const codeOf = ({ provider, of }: Pick<Given, 'provider' | 'of'>): string =>
  of === 'compensation'
    ? accountCode.compensationClaim(provider)
    : accountCode.receivable(provider, of satisfies 'refund' | ServiceName);

async function owedBy(db: Knex | Knex.Transaction, given: Given): Promise<Paise> {
  const [found] = await rows<{ owed: Paise }>(
    db,
    'select debits_paise - credits_paise as owed from ledger_accounts where code = ?',
    [codeOf(given)],
  );
  return found?.owed ?? 0n;
}

/** What is explained as missing must be owed beyond what came; nothing of it can be explained where too much came. */
function requireOwed(owedPaise: Paise, { amountPaise, shortPaise }: Given): void {
  if (owedPaise <= 0n) throw new DomainError(FUNDS_ERRORS.FUNDS_NOTHING_OWED);
  if (shortPaise > 0n && amountPaise + shortPaise > owedPaise)
    throw new DomainError(FUNDS_ERRORS.FUNDS_NOTHING_OWED, {
      detail: `${owedPaise} paise are owed: what came and what is short come to ${amountPaise + shortPaise}`,
    });
}

async function carryOut(
  trx: Knex.Transaction,
  deps: FundsDependencies,
  { detail }: ApprovalModel,
): Promise<{ journalId: string; result: ApprovalDetail }> {
  const given = givenIn(detail);
  const { provider, bank, reference, amountPaise, shortPaise, shortCause } = given;
  const id = (code: string) => deps.accounts.id(code);
  const [bankId, receivable, suspense] = await Promise.all([
    id(accountCode.bank(bank)),
    id(codeOf(given)),
    id(accountCode.suspense(provider)),
  ]);
  const short = shortCause === null ? undefined : await id(CODE_OF_CAUSE[shortCause](provider));
  const accounts = [bankId, receivable, suspense, ...(short === undefined ? [] : [short])];
  const locked = (await lockAccountsForUpdate(trx, accounts)).get(receivable)!;
  const owed = locked.debitsPaise - locked.creditsPaise;
  requireOwed(owed, given);
  const excess = amountPaise > owed ? amountPaise - owed : 0n;
  const line = (debitAccountId: typeof bankId, creditAccountId: typeof bankId, paise: Paise, code: string) =>
    paise === 0n ? [] : [{ debitAccountId, creditAccountId, amountPaise: paise, code }];
  const transfers: Transfer[] = [
    ...line(bankId, receivable, amountPaise, 'receipt'),
    ...(short === undefined ? [] : line(short, receivable, shortPaise, `receipt_short_${shortCause}`)),
    ...line(receivable, suspense, excess, 'receipt_excess'),
  ];
  if (await isBankLineBooked(trx, bank, reference)) throw new DomainError(FUNDS_ERRORS.FUNDS_REFERENCE_USED);
  const journalId = bankJournalId(bank, reference);
  const [posted] = await postIn(trx, deps, [{ journal: { id: journalId, transactionId: null, transfers } }]);
  if (posted?.status !== 'posted') throw new DomainError(FUNDS_ERRORS.FUNDS_REFERENCE_USED);
  const left = owed - amountPaise - shortPaise;
  return {
    journalId,
    result: {
      amount_paise: amountPaise.toString(),
      short_paise: shortPaise.toString(),
      in_suspense_paise: excess.toString(),
      still_owed_paise: (left > 0n ? left : 0n).toString(),
    },
  };
}

const CODE_OF_CAUSE: Readonly<Record<ShortCause, (provider: string) => string>> = {
  tds: accountCode.tdsReceivable,
  fee: accountCode.providerFee,
  loss: accountCode.loss,
};
