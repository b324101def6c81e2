import type { TransactionId } from '../ids/ids';
import { rows } from '../../platform/database';
import type { MobileDependencies } from '../service-definition/definition';
import { SENDER_MOBILE } from './sealed';

/** The mobile number of the sender of a transfer. */
export async function mobileOfTransfer(
  { knex, cipher }: MobileDependencies,
  id: TransactionId,
): Promise<string | undefined> {
  const [found] = await rows<{ id: string; sealed: string }>(
    knex,
    `select s.id, s.mobile_sealed as sealed from dmt_transfers d join dmt_senders s on s.id = d.sender_id
      where d.transaction_id = ?`,
    [id],
  );
  return found === undefined ? undefined : cipher.open(found.sealed, SENDER_MOBILE.place(found.id));
}
