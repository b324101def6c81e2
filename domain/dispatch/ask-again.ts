import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { execute } from '../../platform/database';

/**
 * Brings the next inquiry about a transaction forward, also past a settle that is under way (see isAskedFor); only where the transaction may still be asked
 * about. Whoever asks for another inquiry raises the drive number: the answer to an older one does not end it.
 */
export async function bringInquiryForward(deps: { knex: Knex; clock: Clock }, transactionId: string): Promise<void> {
  const now = deps.clock.now();
  await execute(deps.knex, 'update transactions set next_poll_at = least(?::timestamptz, outcome_at), drive_no = drive_no + 1, updated_at = ? where id = ? and state not in (\'accepted\', \'held\')', [now, now, transactionId]);
}
