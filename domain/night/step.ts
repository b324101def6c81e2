/**
 * A step of the night: a value in one list (composition/night.ts). It has a row in `nightly_runs` for each business
 * day, and one for each provider where it says so.
 *
 * A step is done at least once: whoever does it can be killed anywhere, and a second process can come to it while the
 * first only seems dead. So each of its effects has a key of its own in the database (a posting by its derived id, a
 * row by its unique key), and doing it again changes nothing.
 */
export interface NightStep {
  /** `balance_snapshots`; part of the key of its rows, so it never changes. */
  kind: string;
  /** Kinds that must be done for the same day before; of a kind that has providers, the one of the same provider. */
  dependsOn: readonly string[];
  /** A run for each provider that this platform has, instead of one for all. */
  perProvider?: boolean;
  /** What it came to, for people. Throws NotYet while what it needs is not there; any other error is tried again. */
  run(context: NightContext): Promise<NightResult | undefined>;
}

export interface NightContext {
  /** The business day, `YYYY-MM-DD`. Its last instant is over. */
  date: string;
  /** The first instant of the day, and of the day after it. */
  begins: Date;
  ends: Date;
  /** The provider, in a step that has a run for each; else undefined. */
  provider: string | undefined;
  /** Rows done so far, and of how many, where that is known. Costs nothing to call often. */
  progress: (rows: number, total?: number) => void;
  /** Aborted when somebody else has taken the step over, or the process stops: look at it between two batches. */
  signal: AbortSignal;
}

/** Counts, and sums in paise as text; without personal data. */
export type NightResult = Readonly<Record<string, string | number>>;

/** What the step needs is not there yet. It is tried again after that time, and nothing is wrong. */
export class NotYet extends Error {
  override readonly name = 'NotYet';
  constructor(
    /** What it waits for, as `munim night show` tells it. */
    readonly why: string,
    readonly againAfterMs = 60_000,
  ) {
    super(why);
  }
}
