import type { OutcomeKind } from '../provider/outcome';

/**
 * How a file is read. Every value is text until it is read here: no library guesses numbers or dates. A table is CSV
 * that its maker writes in one form; PostgreSQL reads it straight from the file. Everything else is read line by line.
 */
export type ReportFormat = TableFormat | LineFormat;

/** What a row says, in the words of ours. */
export type Field =
  | 'providerReference'
  | 'ourReference'
  | 'utr'
  | 'settlementUtr'
  | 'amount'
  | 'fee'
  | 'commission'
  | 'tds'
  | 'status'
  | 'at';

/**
 * `rupees` is a decimal with whole paise, `share` one that may have more (rounded half up, as for TDS), `paise` a whole
 * number; `ist` is `2026-11-01 17:50:44` in India, `iso` an instant with its offset.
 */
export type Unit = 'text' | 'paise' | 'rupees' | 'share' | 'ist' | 'iso';

export interface TableColumn {
  /** As the file's first line has it, letter by letter. */
  header: string;
  /** Nothing of ours is in the others. */
  as?: Field;
  unit: Unit;
}

export interface TableFormat {
  kind: 'table';
  columns: readonly TableColumn[];
  /** Their status word, and ours. One that is not listed is pending: a row that waits is looked at by its age. */
  statuses: Readonly<Record<string, OutcomeKind>>;
  /** Rows with one of these values are about nothing that moves money of ours. */
  leaveOut?: HasValue;
  /** Rows with one of these values bring money to our account there. */
  credits?: HasValue;
}

interface HasValue {
  header: string;
  values: readonly string[];
}

/** The part of a transaction that a row shows; a `credit` or `debit` shows none. */
export type Part = 'payment' | 'return' | 'fees' | 'credit' | 'debit';

export interface ReportLine {
  lineNo: number;
  /** The same line has the same key in every file. */
  key: string;
  part: Part;
  kind: OutcomeKind;
  /** Its own word for that. */
  statusWord?: string | undefined;
  /** `2026-11-28`, in India. */
  happenedOn: string;
  providerReference?: string | undefined;
  ourReference?: string | undefined;
  utr?: string | undefined;
  amountPaise: bigint;
  feePaise?: bigint | undefined;
  balancePaise?: bigint | undefined;
}

/** What a file says of itself. */
export interface FileFacts {
  /** As the file names the account; of a movements' list it may be missing. */
  account?: string | undefined;
  openingPaise?: bigint | undefined;
  closingPaise?: bigint | undefined;
}

export interface LineFormat {
  kind: 'lines';
  /** Throws `UnreadableLine`. */
  read(bytes: AsyncIterable<Buffer>, mapping: unknown): AsyncGenerator<ReportLine, FileFacts>;
}

/** Why a file is refused, and where. It names no value: those may be personal. */
export class UnreadableLine extends Error {
  constructor(
    readonly lineNo: number,
    readonly reason: string,
  ) {
    super(`line ${lineNo}: ${reason}`);
  }
}

/**
 * Of the rule that makes keys; it stands in each row, so that a later rule is known from this one. 1: of the UTR as its
 * file wrote it; 2: of its one form (`domain/india/utr`).
 */
export const KEY_VERSION = 2;
