import type { LinePlace, LogFile } from '../book/log-file';
import { createLookup } from '../book/lookup';
import { createRowStore } from '../book/row-store';
import type { PayoutEntry } from './entries';
import { createPayoutColumns, type PayoutColumns } from './payout-columns';

const ROWS_IN_MEMORY = 8_192;
const HASHES_PER_KEY = 8;

/** The create requests seen with the key of a payout: how many, and the different SHA-256 of their bodies (the first eight of them). */
export interface RequestsSeen {
  count: number;
  hashes: readonly string[];
}

/** Every payout: its numbers in columns, its text in the file, found by slot, by idempotency key and by reference. */
export interface PayoutTable extends Omit<PayoutColumns, 'add'> {
  readonly count: number;
  /** How many payouts had more than one create request. */
  readonly repeatedKeyCount: number;
  add(entry: PayoutEntry, place: LinePlace): void;
  noteRequest(slot: number, hash: string): void;
  row(slot: number): Promise<PayoutEntry>;
  requestsSeen(slot: number): Promise<RequestsSeen>;
  /** The payout booked under an idempotency key, NONE, or UNREAD until `loadKey` was awaited (see lookup). */
  slotByKey(key: string): number;
  loadKey(key: string): Promise<void>;
  /** Slots with a reference that `accept` takes, newest first, `max` at most. */
  slotsByReference(reference: string, accept: (slot: number) => boolean, max: number): Promise<number[]>;
}

/** `refused` gives up the hashes of requests that an error answered before the payout was booked (scenario 7777). */
export function createPayoutTable(log: () => LogFile, refused: (key: string) => string[]): PayoutTable {
  const rows = createRowStore<PayoutEntry>(log, ROWS_IN_MEMORY);
  const columns = createPayoutColumns();
  const byKey = createLookup(rows, (row) => row.key);
  const byReference = createLookup(rows, (row) => row.reference_id);
  const extraRequests = new Map<number, { count: number; hashes: string[] }>(); // beyond the one that booked it

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
