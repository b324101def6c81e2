import type { Knex } from 'knex';
import { addMonths, businessDate, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { derivedUuid, type Ids } from '../../platform/ids';
import { MAX_AMOUNT_PAISE, type Paise } from '../../platform/money';
import { insertOne } from '../../platform/sql';
import type { ApprovalDetail, ApprovalModel } from '../approvals/approval.model';
import type { ApprovalAction, Proposal } from '../approvals/approvals';
import { DomainError } from '../errors/errors';
import { bankJournalId, isBankLineBooked, isPosted } from '../funds/funds';
import { utrAsKept } from '../india/utr';
import { accountCode, type AccountDirectory } from '../ledger/accounts';
import { postIn } from '../ledger/post';
import { lockAccountsForUpdate } from '../ledger/rows';
import { gstDues, tdsDues, type Tax, type TaxDue } from './dues';
import { REMITTANCE_ERRORS } from './errors';

/**
 * Tax that was paid to the state, with its challan: payable -> bank; of GST what was paid with the tax on our purchases
 * besides, payable -> input. The journal is that of the line of the bank's statement, so one line is booked once and
 * reconciliation finds it. A month that input pays alone has no such line: its journal is that of the month and the number of
 * its return. Never more than is owed up to that month, never a month before an earlier one, and never more
 * input than there is.
 */
export const TAX_REMIT = 'tax.remit';

export interface RemitAsked {
  tax: Tax;
  /** `2026-11` */
  month: string;
  /** Of TDS. */
  section?: string;
  /** What the bank paid: nothing where input pays all of it. */
  amountPaise: Paise;
  /** Of GST: tax on our own purchases that is set against it. */
  inputPaise: Paise;
  /** Where the bank paid nothing, the number of the return. */
  challanNo: string;
  /** `YYYY-MM-DD` */
  paidOn: string;
  /** None where the bank paid nothing. */
  bank?: string;
  /** Of the statement's line. */
  reference?: string;
  reason: string;
  evidence: string;
}

export interface RemitDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  accounts: AccountDirectory;
}

const NAME = /^[a-z0-9][a-z0-9_-]{0,39}$/;
const REFERENCE = /^[A-Za-z0-9][A-Za-z0-9/_.-]{3,59}$/;
const CHALLAN = /^[A-Za-z0-9][A-Za-z0-9/-]{2,39}$/;
const MONTH = /^2\d{3}-(0[1-9]|1[0-2])$/;
const DAY = /^2\d{3}-\d{2}-\d{2}$/;
/** Sections of both Acts: `194H`, `393(1)-1(ii)`. */
const SECTION = /^[0-9]{3}[0-9A-Za-z()-]{0,20}$/;

const BANK_PAYS =
  'what the bank paid has its account and the reference of its line, and what input paid alone has neither';
const isSum = (paise: Paise): boolean => paise >= 0n && paise <= MAX_AMOUNT_PAISE;

/** Throws DomainError REQUEST_FIELD_INVALID. */
export function remitProposal(asked: RemitAsked): Proposal {
  const { tax, month, section, amountPaise, inputPaise, challanNo, paidOn, bank, reference } = asked;
  const isDay = DAY.test(paidOn) && new Date(`${paidOn}T00:00:00Z`).toJSON()?.startsWith(paidOn);
  const isPaid = amountPaise + inputPaise > 0n;
  const hasLine = amountPaise > 0n;
  const faults: readonly (readonly [boolean, string])[] = [
    [MONTH.test(month), 'the month is written 2026-11'],
    [inputPaise >= 0n && (tax === 'gst' || inputPaise === 0n), 'input tax is set against GST alone'],
    [
      isSum(amountPaise) && isSum(inputPaise) && isPaid,
      'the amount, or the input, must be more than nothing',
    ],
    [(tax === 'tds') === (section !== undefined), 'TDS needs its section, and GST has none'],
    [section === undefined || SECTION.test(section), 'the section is written 194H or 393(1)-1(ii)'],
    [CHALLAN.test(challanNo), 'the number of the challan has 3 to 40 letters, digits, / and -'],
    [isDay, 'the day of payment is written 2026-12-07'],
    [hasLine === (bank !== undefined) && hasLine === (reference !== undefined), BANK_PAYS],
    [bank === undefined || NAME.test(bank), 'a bank account of the books is needed'],
    [
      reference === undefined || REFERENCE.test(reference),
      'the reference of the line of the statement is needed',
    ],
  ];
  const fault = faults.find(([holds]) => !holds);
  if (fault !== undefined) throw new DomainError('REQUEST_FIELD_INVALID', { detail: fault[1] });
  return {
    action: TAX_REMIT,
    subject: `${TAX_REMIT}:${tax}:${month}:${challanNo}`,
    detail: {
      ...{ tax, month: `${month}-01`, section: section ?? null, challan: challanNo, paid_on: paidOn },
      ...{ amount_paise: amountPaise.toString(), input_paise: inputPaise.toString() },
      ...{ bank: bank ?? null, reference: reference ?? null },
    },
    reason: asked.reason,
    evidence: asked.evidence,
  };
}

interface Given {
  tax: Tax;
  month: string;
  section: string | null;
  amountPaise: Paise;
  inputPaise: Paise;
  challanNo: string;
  paidOn: string;
  /** The line of the statement, where the bank has paid something. */
  line: { bank: string; reference: string } | null;
}

const givenIn = (detail: ApprovalDetail): Given => ({
  ...{ tax: String(detail.tax) as Tax, month: String(detail.month) },
  section: detail.section === null ? null : String(detail.section),
  ...{
    amountPaise: BigInt(String(detail.amount_paise)),
    inputPaise: BigInt(String(detail.input_paise)),
  },
  ...{ challanNo: String(detail.challan), paidOn: String(detail.paid_on) },
  line: detail.bank === null ? null : { bank: String(detail.bank), reference: String(detail.reference) },
});

const ROOT = '01930000-0000-7000-8000-0000000007a8';
/** A line of a statement is booked once; what input pays alone, once by its return. */
const journalIdOf = ({ tax, month, challanNo, line }: Given): string =>
  line === null
    ? derivedUuid(ROOT, `input|${tax}|${month}|${challanNo.toUpperCase()}`)
    : bankJournalId(line.bank, line.reference);
const isBooked = (db: Knex | Knex.Transaction, given: Given): Promise<boolean> =>
  given.line === null
    ? isPosted(db, [journalIdOf(given)])
    : isBankLineBooked(db, given.line.bank, given.line.reference);

export function createRemittances(deps: RemitDependencies): Readonly<Record<string, ApprovalAction>> {
  return {
    [TAX_REMIT]: {
      async look({ detail }) {
        const given = givenIn(detail);
        if (await isBooked(deps.knex, given)) throw new DomainError(REMITTANCE_ERRORS.TAX_CHALLAN_USED);
        const due = await requireOwed(deps.knex, deps.clock, given);
        await requireInput(deps.knex, given);
        return { seen_owed_paise: due.owedPaise.toString(), payment_code: due.paymentCode };
      },
      carryOut: (trx, approval) => carryOut(trx, deps, approval),
    },
  };
}

const ALL_MONTHS = 1_200;
/** Less than a challan can pay is carried on. */
const RUPEE = 100n;

async function requireOwed(db: Knex | Knex.Transaction, clock: Clock, given: Given): Promise<TaxDue> {
  const { tax, month, section, amountPaise, inputPaise, paidOn } = given;
  const today = businessDate(clock.now());
  if (addMonths(month, 1) > today || addMonths(month, 1) > paidOn || paidOn > today)
    throw new DomainError(REMITTANCE_ERRORS.TAX_MONTH_OPEN);
  if (tax === 'gst') await requireClosed(db, month);
  const dues = await (tax === 'tds' ? tdsDues : gstDues)(db, month, ALL_MONTHS);
  const own = dues.filter((one) => one.section === section);
  const earlier = own.findLast((one) => one.month < month && one.owedPaise >= RUPEE);
  if (earlier !== undefined)
    throw new DomainError(REMITTANCE_ERRORS.TAX_EARLIER_OWED, {
      detail: `${earlier.owedPaise} paise of ${tax} are owed for ${earlier.month.slice(0, 7)}: remit that month first`,
    });
  // of a month in which nothing came, the paise that earlier months have left
  const due = own.find((one) => one.month <= month);
  const owed = due?.mostPaise ?? 0n;
  if (due === undefined || amountPaise + inputPaise > wholeRupees(owed))
    throw new DomainError(REMITTANCE_ERRORS.TAX_NOT_OWED, {
      detail: `${owed > 0n ? owed : 0n} paise of ${tax} are owed up to ${month.slice(0, 7)}`,
    });
  return due;
}

/** Tax on our purchases is set against GST as far as the account has it, and no further. */
async function requireInput(db: Knex | Knex.Transaction, { inputPaise }: Given): Promise<void> {
  if (inputPaise === 0n) return;
  const [found] = await rows<{ paise: Paise }>(
    db,
    'select debits_paise - credits_paise as paise from ledger_accounts where code = ?',
    [accountCode.gstInput()],
  );
  const paise = found?.paise ?? 0n;
  if (inputPaise > paise)
    throw new DomainError(REMITTANCE_ERRORS.TAX_INPUT_MISSING, {
      detail: `${paise > 0n ? paise : 0n} paise of it are there`,
    });
}

/** Challans are of whole rupees: the paise that are paid too much are set against the next month. */
const wholeRupees = (paise: Paise): Paise => (paise <= 0n ? 0n : ((paise + 99n) / 100n) * 100n);

/** GST of a month is known from the balances of its days: the night of its last day has written them. */
async function requireClosed(db: Knex | Knex.Transaction, month: string): Promise<void> {
  const [open] = await rows<{ isOpen: boolean }>(
    db,
    `select not exists (select from nightly_runs where kind = 'balances' and state = 'done'
      and business_date >= :next::date - 1) as "isOpen"`,
    { next: addMonths(month, 1) },
  );
  if (open!.isOpen) throw new DomainError(REMITTANCE_ERRORS.TAX_MONTH_OPEN);
}

async function carryOut(
  trx: Knex.Transaction,
  deps: RemitDependencies,
  { id: approvalId, detail }: ApprovalModel,
): Promise<{ journalId: string; result: ApprovalDetail }> {
  const given = givenIn(detail);
  const { tax, line, amountPaise, inputPaise } = given;
  const payable = await deps.accounts.id(tax === 'tds' ? accountCode.tdsPayable() : accountCode.gstPayable());
  const input = await deps.accounts.id(accountCode.gstInput());
  const bankId = line === null ? undefined : await deps.accounts.id(accountCode.bank(line.bank));
  // The lock of the account lets one remittance at a time look at what is owed.
  await lockAccountsForUpdate(trx, [payable, input, ...(bankId === undefined ? [] : [bankId])]);
  const { paymentCode } = await requireOwed(trx, deps.clock, given);
  await requireInput(trx, given);
  if (await isBooked(trx, given)) throw new DomainError(REMITTANCE_ERRORS.TAX_CHALLAN_USED);
  const journalId = journalIdOf(given);
  const from = { debitAccountId: payable };
  const transfers = [
    ...(bankId === undefined
      ? []
      : [{ ...from, creditAccountId: bankId, amountPaise, code: `${tax}_remitted` }]),
    ...(inputPaise === 0n
      ? []
      : [{ ...from, creditAccountId: input, amountPaise: inputPaise, code: 'gst_input_used' }]),
  ];
  const [posted] = await postIn(trx, deps, [{ journal: { id: journalId, transactionId: null, transfers } }]);
  if (posted?.status !== 'posted') throw new DomainError(REMITTANCE_ERRORS.TAX_CHALLAN_USED);
  const written = await insertOne(
    trx,
    'tax_remittances',
    {
      ...{ id: deps.ids.uuid(), kind: tax, month: given.month, section: given.section },
      ...{ payment_code: paymentCode, amount_paise: amountPaise, input_paise: inputPaise },
      ...{
        challan_no: given.challanNo,
        paid_on: given.paidOn,
        bank: line?.bank ?? null,
        utr: line === null ? null : utrAsKept(line.reference.toUpperCase()),
      },
      ...{ journal_id: journalId, approval_id: approvalId, posted_at: deps.clock.now() },
    },
    'on conflict do nothing',
  );
  if (written === 0) throw new DomainError(REMITTANCE_ERRORS.TAX_CHALLAN_USED);
  return { journalId, result: { tax, month: given.month, amount_paise: amountPaise.toString() } };
}
