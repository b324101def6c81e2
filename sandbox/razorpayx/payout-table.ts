import type { LinePlace, LogFile } from '../book/log-file';
import { createLookup } from '../book/lookup';
import { createRowStore } from '../book/row-store';
import type { PayoutEntry } from './entries';
import { createPayoutColumns, type PayoutColumns } from './payout-columns';

const ROWS_IN_MEMORY = 8_192;
const HASHES_PER_KEY = 8;

/**
 * The create requests with a payout's key: their number, and up to eight different SHA-256 hashes of their
 * bodies.
 */
export interface RequestsSeen {
  count: number;
  hashes: readonly string[];
}

/** All payouts. Numbers are in columns, texts in the file. Found by slot, idempotency key and reference. */
export interface PayoutTable extends Omit<PayoutColumns, 'add'> {
  readonly count: number;
  /** The number of payouts with more than one create request. */
  readonly repeatedKeyCount: number;
  add(entry: PayoutEntry, place: LinePlace): void;
  noteRequest(slot: number, hash: string): void;
  row(slot: number): Promise<PayoutEntry>;
  requestsSeen(slot: number): Promise<RequestsSeen>;
  /**
   * The payout booked under an idempotency key, or NONE, or UNREAD until `loadKey` was awaited (see
   * lookup.ts).
   */
  slotByKey(key: string): number;
  loadKey(key: string): Promise<void>;
  /** The newest slots with a reference that `accept` allows, `max` at most. */
  slotsByReference(reference: string, accept: (slot: number) => boolean, max: number): Promise<number[]>;
}

/**
 * `refused` returns, and forgets, the hashes of requests with a key that were answered 500 before the payout
 * was booked (scenario 7777).
 */
export function createPayoutTable(log: () => LogFile, refused: (key: string) => string[]): PayoutTable {
  const rows = createRowStore<PayoutEntry>(log, ROWS_IN_MEMORY);
  const columns = createPayoutColumns();
  const byKey = createLookup(rows, (row) => row.key);
  const byReference = createLookup(rows, (row) => row.reference_id);
  // besides the one that booked the payout
  const extraRequests = new Map<number, { count: number; hashes: string[] }>();

  function noteRequest(slot: number, hash: string): void {
    const seen = extraRequests.get(slot) ?? { count: 0, hashes: [] };
    seen.count += 1;
    if (!seen.hashes.includes(hash) && seen.hashes.length < HASHES_PER_KEY) seen.hashes.push(hash);
    extraRequests.set(slot, seen);
  }

  return {
    ...columns,
    get count() {
      return rows.count;
    },
    get repeatedKeyCount() {
      return extraRequests.size;
    },
    add(entry, place) {
      const slot = rows.add(entry, place);
      columns.add(slot, entry);
      byKey.add(entry.key, slot);
      if (entry.reference_id !== null) byReference.add(entry.reference_id, slot);
      for (const hash of refused(entry.key)) noteRequest(slot, hash);
    },
    noteRequest,
    row: (slot) => rows.get(slot),
    async requestsSeen(slot) {
      const first = (await rows.get(slot)).hash;
      const extra = extraRequests.get(slot);
      return {
        count: 1 + (extra?.count ?? 0),
        hashes: [first, ...(extra?.hashes ?? []).filter((h) => h !== first)],
      };
    },
    slotByKey: (key) => byKey.find(key),
    loadKey: (key) => byKey.load(key),
    slotsByReference: (reference, accept, max) => byReference.all(reference, accept, max),
  };
}
