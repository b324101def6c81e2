/**
 * What stands between the hold and the provider: a person may have to look first. Asked for each batch beside the read of
 * what is held, so that it costs no wait of its own.
 */
export interface SendGate {
  /** What stands against sending these transactions. No transaction is written. */
  look(ids: readonly string[]): Promise<Looked>;
  /** Takes them into review, with a case. What has moved on meanwhile stays as it is. */
  stop(stops: readonly Stop[]): Promise<void>;
}

export interface Looked {
  /** Those that are to be stopped, each with the name of what stops it. */
  stops: readonly Stop[];
  /** Those of which it could not be said: they are not sent now, and driven again. By transaction. */
  unknown: ReadonlyMap<string, Error>;
}

export interface Stop {
  transactionId: string;
  /** The name of the rule. */
  rule: string;
  /** What it is about, as cases name it. */
  subject: string;
}
