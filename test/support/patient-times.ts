import http from 'node:http';
import type { TimeLimits } from '../../api/middleware/time-limit';
import type { DatabaseOptions } from '../../platform/database';

/**
 * For an API of a test that is not about time: on a machine that is busy with other tests it takes as long as it takes,
 * and is no refusal.
 */
export const PATIENT_TIMES: TimeLimits = {
  ownWorkMs: 120_000,
  seatMs: 120_000,
  providerCallMs: () => 120_000,
  withdrawalMs: () => 120_000,
};

/** The same of the statements of its processes. */
export const PATIENT_DATABASE: DatabaseOptions = {
  statementMs: 120_000,
  acquireMs: 120_000,
  session: { idle_in_transaction_session_timeout: 60_000, lock_timeout: 60_000 },
};

/**
 * On a busy machine a connection is idle for longer than the five seconds after which it would be closed, just when the
 * next request is on it.
 */
export function createPatientServer(handler?: http.RequestListener): http.Server {
  return http.createServer({ keepAliveTimeout: 600_000 }, handler);
}
