import type { TransactionId } from '../ids/ids';
import { rows } from '../../platform/database';
import type { MobileDependencies } from '../service-definition/definition';
import { BILL_INSTRUCTION, type KeptInstruction } from './sealed';

/** The mobile number that the customer of a bill gave. */
export async function mobileOfBill(
  { knex, cipher }: MobileDependencies,
  id: TransactionId,
): Promise<string | undefined> {
  const [found] = await rows<{ sealed: string }>(
    knex,
    'select instruction_sealed as sealed from bbps_payments where transaction_id = ?',
    [id],
  );
  if (found === undefined) return undefined;
  return (JSON.parse(cipher.open(found.sealed, BILL_INSTRUCTION.place(id))) as KeptInstruction).customer
    .mobile;
}
