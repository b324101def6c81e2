import { bytes, createNumberColumn, createPaiseColumn, words } from '../book/columns';
import { SCENARIO_CODES, type ScenarioCode } from '../scenarios';
import { PAYOUT_STATUSES, type MoveEntry, type PayoutEntry, type PayoutStatus } from './entries';
import type { PayoutMode } from './fees';

const MODES: readonly PayoutMode[] = ['IMPS', 'NEFT', 'RTGS', 'UPI'];

/** The state of a payout and those of its fixed values that are kept in memory. */
export interface PayoutState {
  status: PayoutStatus;
  reason: string | null;
  amountPaise: bigint;
  /** As charged, tax included. The entity of a failed payout shows 0. */
  feesPaise: bigint;
  taxPaise: bigint;
  /** What was taken from the account for it, and what came back. */
  debitPaise: bigint;
  creditPaise: bigint;
  /** The bank holds too little for it, and will say so. */
  isShort: boolean;
  mode: PayoutMode;
  scenario: ScenarioCode;
  /** Completed steps of the scenario. */
  step: number;
  createdAt: number;
}

/** Count and sum of amounts by status. */
export type PayoutTotals = Record<PayoutStatus, { count: number; amountPaise: bigint }>;

/** The numbers of every payout, about 70 bytes each. */
export interface PayoutColumns {
  add(slot: number, entry: PayoutEntry): void;
  /** `taken` and `back` are the paise that the move takes from the account and brings back. */
  move(entry: MoveEntry, taken: bigint, back: bigint): void;
  state(slot: number): PayoutState;
  status(slot: number): PayoutStatus;
  createdAt(slot: number): number;
  mode(slot: number): PayoutMode;
  totals(): PayoutTotals;
}

export function createPayoutColumns(): PayoutColumns {
  const statuses = createNumberColumn(bytes);
  const reasons = createNumberColumn(bytes);
  const modes = createNumberColumn(bytes);
  const scenarios = createNumberColumn(bytes);
  const steps = createNumberColumn(bytes);
  const times = createNumberColumn(words);
  const fees = createNumberColumn(words);
  const taxes = createNumberColumn(words);
  const amounts = createPaiseColumn();
  const moved = createMovedColumns();
  const reasonNames: (string | null)[] = [null];
  const counts = PAYOUT_STATUSES.map(() => 0);
  const sums = PAYOUT_STATUSES.map(() => 0n);

  function setStatus(slot: number, status: PayoutStatus, reason: string | null): void {
    const code = PAYOUT_STATUSES.indexOf(status);
    statuses.set(slot, code);
    counts[code]! += 1;
    sums[code]! += amounts.get(slot);
    const known = reasonNames.indexOf(reason);
    reasons.set(slot, known === -1 ? reasonNames.push(reason) - 1 : known);
  }

  return {
    add(slot, entry) {
      modes.set(slot, MODES.indexOf(entry.mode));
      scenarios.set(slot, SCENARIO_CODES.indexOf(entry.scenario));
      times.set(slot, entry.at);
      fees.set(slot, entry.fees);
      taxes.set(slot, entry.tax);
      amounts.set(slot, BigInt(entry.amount));
      moved.add(slot, debitOf(entry), entry.short === true);
      setStatus(slot, entry.status, entry.status === 'queued' ? 'low_balance' : 'payout_bank_processing');
    },
    move(entry, taken, back) {
      const before = statuses.get(entry.n);
      counts[before]! -= 1;
      sums[before]! -= amounts.get(entry.n);
      setStatus(entry.n, entry.to, entry.reason);
      steps.set(entry.n, entry.step);
      moved.move(entry.n, taken, back);
      if (entry.short !== undefined) moved.setShort(entry.n, entry.short);
      if (entry.fees !== undefined) fees.set(entry.n, entry.fees);
      if (entry.tax !== undefined) taxes.set(entry.n, entry.tax);
    },
    state: (slot) => ({
      status: PAYOUT_STATUSES[statuses.get(slot)]!,
      reason: reasonNames[reasons.get(slot)]!,
      amountPaise: amounts.get(slot),
      feesPaise: BigInt(fees.get(slot)),
      taxPaise: BigInt(taxes.get(slot)),
      ...moved.state(slot),
      mode: MODES[modes.get(slot)]!,
      scenario: SCENARIO_CODES[scenarios.get(slot)]!,
      step: steps.get(slot),
      createdAt: times.get(slot),
    }),
    status: (slot) => PAYOUT_STATUSES[statuses.get(slot)]!,
    createdAt: (slot) => times.get(slot),
    mode: (slot) => MODES[modes.get(slot)]!,
    totals: () =>
      Object.fromEntries(
        PAYOUT_STATUSES.map((status, i) => [status, { count: counts[i]!, amountPaise: sums[i]! }]),
      ) as PayoutTotals,
  };
}

/** What each payout took from the account and brought back. */
function createMovedColumns() {
  const debits = createPaiseColumn();
  const credits = createPaiseColumn();
  const shorts = createNumberColumn(bytes);
  const setShort = (slot: number, isShort: boolean): void => shorts.set(slot, isShort ? 1 : 0);
  return {
    setShort,
    add(slot: number, debitPaise: bigint, isShort: boolean): void {
      debits.set(slot, debitPaise);
      setShort(slot, isShort);
    },
    move(slot: number, taken: bigint, back: bigint): void {
      debits.set(slot, debits.get(slot) + taken);
      credits.set(slot, credits.get(slot) + back);
    },
    state: (slot: number) => ({
      debitPaise: debits.get(slot),
      creditPaise: credits.get(slot),
      isShort: shorts.get(slot) === 1,
    }),
  };
}

/** What a payout takes from the account when it is booked. */
export function debitOf({ status, amount, fees, debit }: PayoutEntry): bigint {
  if (status === 'queued') return 0n;
  return debit === undefined ? BigInt(amount) + BigInt(fees) : BigInt(debit);
}
