/** The rows in memory, found by number and by references. A payment with its fetch takes about 2 kB. */
import type { ScenarioCode } from '../scenarios';
import type { AddEntry, DetailsOf, Failure, Kind, MoveEntry, StatusOf } from './entries';

export interface Row<K extends Kind> {
  n: number;
  atMs: number;
  movedAtMs: number;
  scenario: ScenarioCode | null;
  status: StatusOf[K];
  /** Completed steps. */
  step: number;
  failure: Failure | null;
  debitPaise: bigint;
  creditPaise: bigint;
  /** The number of create requests with this row's reference. */
  requestsSeen: number;
  details: DetailsOf[K];
  refId: string;
}

/**
 * The references by which a row is found. Only payments have a `transactionId`; payments and recharges have a
 * `paymentRefId`.
 */
export type KeyName = 'refId' | 'paymentRefId' | 'transactionId';

export interface Table<K extends Kind> {
  readonly count: number;
  get(n: number): Row<K>;
  find(name: KeyName, text: string): Row<K> | undefined;
  rows(): readonly Row<K>[];
  add(entry: AddEntry<K>): Row<K>;
  move(entry: MoveEntry<K>): Row<K>;
  noteRequest(n: number): void;
}

export function createTable<K extends Kind>(
  refOf: (entry: AddEntry<K>) => string,
  keysOf: (row: Row<K>) => Partial<Record<KeyName, string>>,
): Table<K> {
  const rows: Row<K>[] = [];
  const byKey = new Map<string, Row<K>>();
  const get = (n: number): Row<K> => {
    const row = rows[n];
    if (row === undefined) throw new RangeError(`no row ${n}`);
    return row;
  };
  return {
    get count() {
      return rows.length;
    },
    get,
    find: (name, text) => byKey.get(`${name} ${text}`),
    rows: () => rows,
    add(entry) {
      if (entry.n !== rows.length) throw new Error(`the book skips from row ${rows.length} to ${entry.n}`);
      const { n, at, scenario, status, details, failure = null, debit = 0 } = entry;
      const row: Row<K> = {
        n,
        atMs: at,
        movedAtMs: at,
        scenario,
        status,
        step: 0,
        failure,
        debitPaise: BigInt(debit),
        creditPaise: 0n,
        requestsSeen: 1,
        details,
        refId: refOf(entry),
      };
      rows.push(row);
      for (const [name, text] of Object.entries({ refId: row.refId, ...keysOf(row) }))
        byKey.set(`${name} ${text}`, row);
      return row;
    },
    move(entry) {
      const row = get(entry.n);
      row.status = entry.to;
      row.step = entry.step;
      row.movedAtMs = entry.at;
      row.creditPaise += BigInt(entry.credit ?? 0);
      if (entry.failure !== undefined) row.failure = entry.failure;
      return row;
    },
    noteRequest(n) {
      get(n).requestsSeen += 1;
    },
  };
}
