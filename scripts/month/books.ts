/**
 * The books of the sandbox's providers, which keep the truth: what we send is written into them straight, and their
 * reports of a day are read from them with the errors that were planted.
 */
import { percentOf } from '../../platform/money';
import { openEkoBook, type EkoBook } from '../../sandbox/eko/book';
import { billCharges, transferCharges, withdrawalCharges, type Charges } from '../../sandbox/eko/fees';
import { dayReport as ekoReport } from '../../sandbox/eko/reports';
import { bankReference } from '../../sandbox/eko/times';
import { tidOf } from '../../sandbox/eko/transactions';
import type { TxStatus } from '../../sandbox/eko/entries';
import { openBook as openRazorpayx, type Book as RazorpayxBook } from '../../sandbox/razorpayx/book';
import { dayReport as razorpayxReport } from '../../sandbox/razorpayx/day-report';
import { feesFor, type PayoutMode } from '../../sandbox/razorpayx/fees';
import { utrOf } from '../../sandbox/razorpayx/ids';
import { openBook as openSetu, type Book as SetuBook } from '../../sandbox/setu/book';
import { billerOf } from '../../sandbox/setu/billpay/catalogue';
import { COMMISSION_BPS, type Operator } from '../../sandbox/setu/recharge/operators';
import { dayReport as setuReport } from '../../sandbox/setu/reports';
import type { Product } from '../../sandbox/setu/entries';
import type { BreakName, MonthOrder, SourceName } from './plan';

export const BILLER = 'SUND00000MAH01';

/** What a provider did with an order, as its own book has it. */
export interface Booked {
  slot: number;
  reference: string;
  utr: string;
  /** What it charges on top of the amount and takes with it. */
  chargePaise: bigint;
  /** What it pays us for it, and the tax that it keeps. */
  commissionPaise: bigint;
  tdsPaise: bigint;
  /** What it charges us for it, and takes with the amount. */
  feePaise: bigint;
  feeTaxPaise: bigint;
}

export interface PlantedRow {
  /** Of the order. */
  no: number;
  source: SourceName;
  /** By which the sandbox's orders name it. */
  name: string;
  breaks: readonly BreakName[];
}

export interface ProviderBooks {
  razorpayx: RazorpayxBook;
  eko: EkoBook;
  setu: SetuBook;
  /** What the order costs and earns there. */
  terms(order: MonthOrder): Terms;
  /** Writes the order as it ends there. */
  add(order: MonthOrder, ourReference: string): Booked;
  /** The bank returns a payout. */
  giveBack(slot: number): void;
  /** The report of a day (`2026-11-28`) with what is planted in it. */
  report(source: SourceName, day: string, planted: readonly PlantedRow[]): Promise<string>;
  close(): Promise<void>;
}

export type Terms = Pick<Booked, 'chargePaise' | 'commissionPaise' | 'tdsPaise' | 'feePaise' | 'feeTaxPaise'>;

const NO_MONEY: Terms = {
  chargePaise: 0n,
  commissionPaise: 0n,
  tdsPaise: 0n,
  feePaise: 0n,
  feeTaxPaise: 0n,
};
const TDS_BPS = 200n;

export interface BooksPlace {
  dir: string;
  nowMs: () => number;
  openingPaise: bigint;
  accountNumber: string;
  initiator: string;
}

export async function openBooks({ dir, nowMs, openingPaise, ...of }: BooksPlace): Promise<ProviderBooks> {
  const onFailure = (error: Error): void => {
    throw error;
  };
  const razorpayx = await openRazorpayx({
    ...{ dir, nowMs, onFailure },
    accountNumber: of.accountNumber,
    accountType: 'razorpayx_lite',
    openingBalancePaise: openingPaise,
  });
  const eko = await openEkoBook({ dir, nowMs, onFailure, initiator: of.initiator, openingPaise });
  const setu = await openSetu({ dir, nowMs, onFailure, openingBalancePaise: openingPaise });
  const fundAccount = fundAccountOf(razorpayx);
  const books = { razorpayx, eko, setu };
  return {
    ...books,
    terms: termsOf,
    add: (order, ref) =>
      order.source === 'razorpayx'
        ? addPayout(razorpayx, { order, ref, fundAccount, nowMs })
        : order.source === 'eko'
          ? addToEko(eko, { order, ref, nowMs })
          : addToSetu(setu, { order, ref }),
    giveBack: (slot) => {
      razorpayx.move(slot, 'reversed', { reason: 'beneficiary_bank_rejected', step: 2 });
    },
    report: (source, day, planted) => reportOf(books, source, day, planted),
    async close() {
      await setu.close();
      await eko.close();
      await razorpayx.close();
    },
  };
}

function fundAccountOf(book: RazorpayxBook): number {
  const { n: contact } = book.addContact({
    ...{ name: 'Test Beneficiary', email: null, contact: null, type: null },
    ...{ reference_id: null, notes: [] },
  });
  return book.addFundAccount({
    contact,
    account: {
      type: 'bank_account',
      name: 'Test Beneficiary',
      ifsc: 'HDFC0000053',
      account_number: '000111220000',
    },
  }).n;
}

/** By the providers' own lists. */
function termsOf(order: MonthOrder): Terms {
  if (order.source === 'razorpayx') {
    const { feesPaise, taxPaise } = feesFor(order.place as PayoutMode, order.amountPaise);
    return { ...NO_MONEY, feePaise: feesPaise - taxPaise, feeTaxPaise: taxPaise };
  }
  if (order.source !== 'eko') return NO_MONEY; // its commission comes with the settlement
  const { feePaise, commissionPaise, tdsPaise } = chargesOf(order);
  return { ...NO_MONEY, chargePaise: feePaise, commissionPaise, tdsPaise };
}

const EKO_BILLS: Readonly<Record<string, Parameters<typeof billCharges>[0]>> = {
  '8': 'utility',
  '11': 'utility',
  '1': 'connection',
  '22': 'fastag',
  jio: 'prepaid_large',
  airtel: 'prepaid_large',
  vi: 'prepaid_vi',
};

function chargesOf({ service, place, amountPaise }: MonthOrder): Charges {
  if (service === 'dmt') return transferCharges(amountPaise);
  if (service === 'aeps') return withdrawalCharges(amountPaise);
  return billCharges(EKO_BILLS[place]!, amountPaise);
}

/** What Setu pays for a row of its report, with the settlement. */
export function setuCommission(order: MonthOrder): { commissionPaise: bigint; tdsPaise: bigint } {
  const commissionPaise =
    order.source === 'setu_bbps'
      ? (billerOf(BILLER)?.commissionPaise ?? 0n)
      : percentOf(order.amountPaise, COMMISSION_BPS[order.place as Operator], 'half-up');
  return { commissionPaise, tdsPaise: percentOf(commissionPaise, TDS_BPS, 'half-up') };
}

/** Does the provider have it as a success when the day is over? Undefined while it has no end there. */
export function endThere({
  end,
  breaks,
  source,
}: MonthOrder): 'succeeded' | 'failed' | 'refund_pending' | undefined {
  if (end === 'stuck') return undefined;
  if (end === 'refund_pending') return 'refund_pending';
  // A payout has no report to disagree with: its own end is another one.
  if (end === 'failed')
    return source === 'razorpayx' && breaks.includes('other_end') ? 'succeeded' : 'failed';
  return end === 'told_failure' ? 'failed' : 'succeeded';
}

interface Adding {
  order: MonthOrder;
  ref: string;
  nowMs: () => number;
}

function addPayout(
  book: RazorpayxBook,
  { order, ref, fundAccount, nowMs }: Adding & { fundAccount: number },
): Booked {
  const isFailed = endThere(order) === 'failed';
  const slot = book.addPayout({
    ...{ key: `month-${order.no}`, hash: '0'.repeat(64), fund_account: fundAccount },
    ...{
      amountPaise: order.amountPaise,
      mode: order.place as PayoutMode,
      purpose: 'payout',
      reference_id: ref,
    },
    ...{ narration: 'Month', notes: [], scenario: isFailed ? '1111' : '0000' },
  });
  if (isFailed) book.move(slot, 'failed', { reason: 'bank_account_invalid', step: 1 });
  else book.move(slot, 'processed', { reason: 'payout_processed', step: 1 });
  if (order.end === 'returned') book.move(slot, 'reversed', { reason: 'beneficiary_bank_rejected', step: 2 });
  return {
    ...termsOf(order),
    slot,
    reference: book.ids.of('pout', slot),
    utr: utrOf(order.place, slot, Math.floor(nowMs() / 1_000)),
  };
}

const TX_STATUS: Readonly<Record<'succeeded' | 'failed' | 'refund_pending', TxStatus>> = {
  succeeded: '0',
  failed: '1',
  refund_pending: '3',
};
const EKO_SERVICES = {
  dmt: 'dmt',
  bbps: 'bbps',
  recharge: 'recharge',
  aeps: 'aeps_withdrawal',
} as const;

function addToEko(book: EkoBook, { order, ref, nowMs }: Adding): Booked {
  const end = endThere(order);
  const { slot } = book.addTransaction({
    ...{ service: EKO_SERVICES[order.service as keyof typeof EKO_SERVICES], user: 'month', ref },
    status: end === undefined ? '2' : TX_STATUS[end],
    ...{ scenario: '0000', reason: null, amountPaise: order.amountPaise, charges: chargesOf(order) },
    ...{ mobile: '9000000000', name: 'Test Sender', target: '000111220000', payee: 'Test Payee' },
    ...{ ifsc: 'HDFC0000053', bank: 'HDFC' },
  });
  return { ...termsOf(order), slot, reference: tidOf(slot), utr: bankReference(slot, nowMs()) };
}

function addToSetu(book: SetuBook, { order, ref }: Omit<Adding, 'nowMs'>): Booked {
  const end = endThere(order);
  const amount = Number(order.amountPaise); // the sandbox's own form
  const isBill = order.source === 'setu_bbps';
  const given = { status: 'Processing', scenario: '0000', debitPaise: order.amountPaise } as const;
  const { row } = isBill
    ? book.add('payment', { ...given, details: billOf(ref, amount) })
    : book.add('recharge', {
        ...given,
        details: {
          ...{ mobile: '9000000000', operator: order.place, location: 'Maharashtra', amount },
          ...{ mode: 'CASH', payment_ref_id: ref, ref_id: null },
        },
      });
  const kind = isBill ? 'payment' : 'recharge';
  if (end === 'succeeded') book.move(kind, row.n, { to: 'Success', step: 1 });
  if (end === 'failed') book.move(kind, row.n, { to: 'Failure', step: 1, creditPaise: order.amountPaise });
  return {
    ...NO_MONEY,
    slot: row.n,
    reference: isBill ? row.refId : book.ids.rechargeTransaction(row.n),
    utr: isBill ? book.ids.transaction(row.n, row.atMs) : book.ids.operatorRef(row.n),
  };
}

function billOf(ref: string, amount: number) {
  return {
    ...{ biller: BILLER, mobile: '9000000000', customer_id: null, params: [], channel: 'AGT' },
    ...{ fetch: null, bills: null },
    payment: { amount, mode: 'Cash', paymentRefId: ref, timestamp: '' },
  };
}

async function reportOf(
  { razorpayx, eko, setu }: Pick<ProviderBooks, 'razorpayx' | 'eko' | 'setu'>,
  source: SourceName,
  day: string,
  planted: readonly PlantedRow[],
): Promise<string> {
  const compact = day.replaceAll('-', '');
  const own = planted.filter((one) => one.source === source);
  const each = own.flatMap(({ no, name, breaks }) => breaks.map((kind) => ({ no, name, kind })));
  if (source === 'razorpayx') {
    const orders = each.flatMap(({ name, kind }) =>
      kind === 'other_end' || kind === 'fee' || kind === 'commission' ? [] : [{ payoutId: name, kind }],
    );
    return (await razorpayxReport(razorpayx, compact, orders))!;
  }
  if (source === 'eko')
    return ekoReport(
      eko,
      compact,
      each.map(({ no, name, kind }) => ({
        ...{ id: no, left: 1, clientRefId: name },
        break: kind === 'other_end' ? 'status' : kind,
      })),
    );
  const product: Product = source === 'setu_bbps' ? 'billpay' : 'recharge';
  return setuReport(setu, product, compact, setuBreaks(each))!;
}

type SetuBreaks = Parameters<typeof setuReport>[3];

function setuBreaks(each: readonly { name: string; kind: BreakName }[]): SetuBreaks {
  const byName = new Map<string, { kind: BreakName }[]>();
  for (const one of each) byName.set(one.name, [...(byName.get(one.name) ?? []), one]);
  const kindOf = (kind: BreakName) => (kind === 'other_end' ? 'status' : kind);
  return {
    add: () => undefined,
    all: () => [],
    clear: () => 0,
    kindsOf: (_product, ref) =>
      (byName.get(ref) ?? []).map(({ kind }) => kindOf(kind)) as ReturnType<SetuBreaks['kindsOf']>,
    extras: () => each.filter(({ kind }) => kind === 'extra').map(({ name }) => name),
  };
}
