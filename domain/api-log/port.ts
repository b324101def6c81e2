/**
 * What was said between a provider and us, masked by whoever knows the contract: only fields that the connector lists as open keep their values. Never an
 * Aadhaar number, a PID block, a one-time password, a secret, or a whole account number.
 */
export interface CallEntry {
  provider: string;
  /** The connector's word for the call (`payout`, `dmt_transfer`, `bill_fetch`). */
  operation: string;
  method: string;
  /** The route, without ids and without a query (`/customer/payment/dmt-fino/sender/{customer_id}`). */
  route: string;
  transactionId?: string;
  ourReference?: string;
  /** The HTTP status, or why there was none (`timeout`, `breaker_open`). */
  result: string;
  latencyMs: number;
  /** Masked JSON values. */
  request?: unknown;
  response?: unknown;
  at: Date;
}

/** Notes in the background: never throws and never waits. */
export interface CallLog {
  note(entry: CallEntry): void;
}
