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
  mode: PayoutMode;
  scenario: ScenarioCode;
  /** Completed steps of the scenario. */
  step: number;
  createdAt: number;
}

/** Count and sum of amounts by status. */
export type PayoutTotals = Record<PayoutStatus, { count: number; amountPaise: bigint }>;

/** The numbers of every payout, about 50 bytes each. */
export interface PayoutColumns {
  add(slot: number, entry: PayoutEntry): void;
  move(entry: MoveEntry): void;
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
      setStatus(slot, entry.status, entry.status === 'queued' ? 'low_balance' : 'payout_bank_processing');
    },
    move(entry) {
      const before = statuses.get(entry.n);
      counts[before]! -= 1;
      sums[before]! -= amounts.get(entry.n);
      setStatus(entry.n, entry.to, entry.reason);
      steps.set(entry.n, entry.step);
      if (entry.fees !== undefined) fees.set(entry.n, entry.fees);
      if (entry.tax !== undefined) taxes.set(entry.n, entry.tax);
    },
    state: (slot) => ({
      status: PAYOUT_STATUSES[statuses.get(slot)]!,
      reason: reasonNames[reasons.get(slot)]!,
      amountPaise: amounts.get(slot),
      feesPaise: BigInt(fees.get(slot)),
      taxPaise: BigInt(taxes.get(slot)),
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
