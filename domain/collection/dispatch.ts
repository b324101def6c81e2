import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { Instruct, ServiceDispatch } from '../dispatch/service-dispatch';
import type { UserId } from '../ids/ids';
import type { InstructionBase } from '../provider/calls';
import type { CollectionInstruction, OffersCollection } from './port';

interface Held {
  id: string;
  userId: UserId;
  returnUrl: string | null;
  expiresAt: Date;
  payableUntil: Date;
}

/**
 * Sending a collection makes the provider's order, by which nothing moves: an order that was made twice harms nobody,
 * since only the one we hold is shown. Its row never changes, so an instruction made once more says the same.
 */
export function createCollectionDispatch(): ServiceDispatch<OffersCollection> {
  const instructionOf = (
    base: InstructionBase,
    { userId, returnUrl, expiresAt }: Held,
  ): CollectionInstruction => ({ ...base, expiresAt, returnUrl, payer: { id: userId } });
  return {
    inquiries: (connector) => connector.collection,
    async payableUntil(knex, ids) {
      return new Map((await readHeld(knex, ids)).map(({ id, payableUntil }) => [id, payableUntil]));
    },
    sending: {
      calls: (connector) => connector.collection,
      async read(knex, ids) {
        const held = await readHeld(knex, ids);
        return new Map(
          held.map((one): [string, Instruct] => [
            one.id,
            (base) => Promise.resolve({ ok: true, instruction: instructionOf(base, one), refs: {} }),
          ]),
        );
      },
      async repeat(knex, transactionId, base) {
        const [held] = await readHeld(knex, [transactionId]);
        return held === undefined ? undefined : instructionOf(base, held);
      },
    },
  };
}

function readHeld(knex: Knex, ids: readonly string[]): Promise<Held[]> {
  return rows<Held>(
    knex,
    `select transaction_id as id, user_id as "userId", return_url as "returnUrl", expires_at as "expiresAt",
        payable_until as "payableUntil"
      from collection_orders where transaction_id = any(?::uuid[])`,
    [ids],
  );
}
