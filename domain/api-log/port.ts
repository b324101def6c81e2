import type { TransactionId } from '../ids/ids';
/**
 * One call between a provider and us. The connector masks it, since it knows the contract: only the fields
 * that it lists as open keep their values. Never an Aadhaar number, a PID block, a one-time password, a
 * secret or a whole account number.
 */
export interface CallEntry {
  provider: string;
  /** The connector's name for the call (`payout`, `dmt_transfer`, `bill_fetch`). */
  operation: string;
  method: string;
  /** The route, without ids and without a query (`/customer/payment/dmt-fino/sender/{customer_id}`). */
  route: string;
  transactionId?: TransactionId;
  ourReference?: string;
  /** The HTTP status, or why there was none (`timeout`, `breaker_open`). */
  result: string;
  latencyMs: number;
  /** Masked JSON values. */
  request?: unknown;
  response?: unknown;
  at: Date;
}

/** Notes calls in the background: never throws and never waits. */
export interface CallLog {
  note(entry: CallEntry): void;
}
