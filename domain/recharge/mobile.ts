import type { TransactionId } from '../ids/ids';
import { rows } from '../../platform/database';
import type { MobileDependencies } from '../service-definition/definition';
import { RECHARGED_MOBILE } from './sealed';

/** The mobile number that is recharged. */
export async function mobileOfRecharge(
  { knex, cipher }: MobileDependencies,
  id: TransactionId,
): Promise<string | undefined> {
  const [found] = await rows<{ sealed: string }>(
    knex,
    'select mobile_sealed as sealed from recharges where transaction_id = ?',
    [id],
  );
  return found === undefined ? undefined : cipher.open(found.sealed, RECHARGED_MOBILE.place(id));
}
