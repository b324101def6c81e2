import type { Knex } from 'knex';
import { execute } from '../../platform/database';

/** Brings the next inquiry forward, also past a settle that is under way (see isAskedFor); only where the transaction may still be asked about. */
export async function bringInquiryForward(knex: Knex, transactionId: string, now: Date): Promise<void> {
  await execute(knex, 'update transactions set next_poll_at = least(?::timestamptz, outcome_at), updated_at = ? where id = ? and state not in (\'accepted\', \'held\')', [now, now, transactionId]);
}
