/**
 * All transactions. Numbers are in columns, texts in the file. Found by slot, and so by tid, and by
 * client_ref_id.
 */
import { bytes, createNumberColumn, createPaiseColumn, doubles, words } from '../book/columns';
import type { LinePlace, LogFile } from '../book/log-file';
import { createLookup } from '../book/lookup';
import { createRowStore } from '../book/row-store';
import { SCENARIO_CODES, type ScenarioCode } from '../scenarios';
import {
  SERVICES,
  TX_STATUSES,
  type MoveEntry,
  type Service,
  type TransactionEntry,
  type TxStatus,
} from './entries';

const ROWS_IN_MEMORY = 8_192;
const FIRST_TID = 3_570_000_000;
const FIRST_REFUND_TID = 2_147_000_000;

/** The state of a transaction and those of its fixed values that are kept in memory. */
export interface TransactionState {
  service: Service;
  status: TxStatus;
  scenario: ScenarioCode;
  step: number;
  user: string | null;
  at: number;
  amountPaise: bigint;
  feePaise: bigint;
  taxPaise: bigint;
  commissionPaise: bigint;
  tdsPaise: bigint;
}

export interface Transactions {
  readonly count: number;
  add(entry: TransactionEntry, place: LinePlace): void;
  move(entry: MoveEntry): void;
  state(slot: number): TransactionState;
  row(slot: number): Promise<TransactionEntry>;
  noteRepeat(slot: number): void;
  /** The number of requests with the client_ref_id of a transaction. */
  requestsSeen(slot: number): number;
  /** The transaction of a client_ref_id, or NONE, or UNREAD until `loadRef` was awaited (see lookup.ts). */
  slotByRef(ref: string): number;
  loadRef(ref: string): Promise<void>;
}

export const tidOf = (slot: number): string => String(FIRST_TID + slot);
export const refundTidOf = (slot: number): string => String(FIRST_REFUND_TID + slot);

/** The slot of a tid of this book; -1 for any other. */
export function slotOfTid(tid: string, count: number): number {
  const slot = /^\d{10}$/.test(tid) ? Number(tid) - FIRST_TID : -1;
  return slot >= 0 && slot < count ? slot : -1;
}

export function createTransactions(log: () => LogFile): Transactions {
  const rows = createRowStore<TransactionEntry>(log, ROWS_IN_MEMORY);
  const byRef = createLookup(rows, (row) => row.ref);
  const columns = createColumns();
  const repeats = new Map<number, number>();
  return {
    get count() {
      return rows.count;
    },
    add(entry, place) {
      const slot = rows.add(entry, place);
      columns.add(slot, entry);
      if (entry.ref !== null) byRef.add(entry.ref, slot);
    },
    move: (entry) => {
      columns.move(entry);
    },
    state: (slot) => columns.state(slot),
    row: (slot) => rows.get(slot),
    noteRepeat(slot) {
      repeats.set(slot, (repeats.get(slot) ?? 0) + 1);
    },
    requestsSeen: (slot) => 1 + (repeats.get(slot) ?? 0),
    slotByRef: (ref) => byRef.find(ref),
    loadRef: (ref) => byRef.load(ref),
  };
}

/** About 70 bytes per transaction. */
function createColumns() {
  const [services, statuses, scenarios, steps] = [
    createNumberColumn(bytes),
    createNumberColumn(bytes),
    createNumberColumn(bytes),
    createNumberColumn(bytes),
  ];
  const users = createNumberColumn(words);
  const times = createNumberColumn(doubles);
  const [amounts, fees, taxes, commissions, tds] = [
    createPaiseColumn(),
    createPaiseColumn(),
    createPaiseColumn(),
    createPaiseColumn(),
    createPaiseColumn(),
  ];
  const userCodes: (string | null)[] = [null];
  const userNumbers = new Map<string | null, number>([[null, 0]]);

  function userNumber(user: string | null): number {
    const known = userNumbers.get(user);
    if (known !== undefined) return known;
    const number = userCodes.push(user) - 1;
    userNumbers.set(user, number);
    return number;
  }

  return {
    add(slot: number, entry: TransactionEntry): void {
      services.set(slot, SERVICES.indexOf(entry.service));
      statuses.set(slot, TX_STATUSES.indexOf(entry.status));
      scenarios.set(slot, SCENARIO_CODES.indexOf(entry.scenario));
      users.set(slot, userNumber(entry.user));
      times.set(slot, entry.at);
      amounts.set(slot, BigInt(entry.amount));
      fees.set(slot, BigInt(entry.fee));
      taxes.set(slot, BigInt(entry.tax));
      commissions.set(slot, BigInt(entry.commission));
      tds.set(slot, BigInt(entry.tds));
    },
    move(entry: MoveEntry): void {
      statuses.set(entry.n, TX_STATUSES.indexOf(entry.to));
      steps.set(entry.n, entry.step);
    },
    state: (slot: number): TransactionState => ({
      service: SERVICES[services.get(slot)]!,
      status: TX_STATUSES[statuses.get(slot)]!,
      scenario: SCENARIO_CODES[scenarios.get(slot)]!,
      step: steps.get(slot),
      user: userCodes[users.get(slot)]!,
      at: times.get(slot),
      amountPaise: amounts.get(slot),
      feePaise: fees.get(slot),
      taxPaise: taxes.get(slot),
      commissionPaise: commissions.get(slot),
      tdsPaise: tds.get(slot),
    }),
  };
}
