import type { OffersRecharges } from './port';
import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import type { InstructionBase } from '../provider/calls';
import type { Instruct, ServiceDispatch } from '../dispatch/service-dispatch';
import type { RechargeInstruction } from './port';
import { RECHARGED_MOBILE } from './sealed';

interface Held {
  id: string;
  mobileSealed: string;
  operator: string;
  circle: string;
  acceptedAt: Date;
}

/**
 * Sending a recharge. Its row never changes, so an instruction made once more says the same: a provider whose
 * key makes a repeat safe gets the same bytes.
 */
export function createRechargeDispatch(deps: { cipher: FieldCipher }): ServiceDispatch<OffersRecharges> {
  const instructionOf = (base: InstructionBase, held: Held): RechargeInstruction => ({
    ...base,
    mobile: deps.cipher.open(held.mobileSealed, RECHARGED_MOBILE.place(held.id)),
    operator: held.operator,
    circle: held.circle,
    acceptedAt: held.acceptedAt,
  });
  return {
    inquiries: (connector) => connector.recharge,
    sending: {
      calls: (connector) => connector.recharge,
      async read(knex, ids) {
        return new Map(
          (await readRecharges(knex, ids)).map(
            (held) =>
              [
                held.id,
                async (base: InstructionBase) => ({
                  ok: true,
                  instruction: instructionOf(base, held),
                  refs: {},
                }),
              ] satisfies [string, Instruct],
          ),
        );
      },
      async repeat(knex, transactionId, base) {
        const [held] = await readRecharges(knex, [transactionId]);
        return held === undefined ? undefined : instructionOf(base, held);
      },
    },
  };
}

function readRecharges(knex: Knex, ids: readonly string[]): Promise<Held[]> {
  return rows<Held>(
    knex,
    `select transaction_id as id, mobile_sealed as "mobileSealed", operator, circle,
        created_at as "acceptedAt"
      from recharges where transaction_id = any(?::uuid[])`,
    [ids],
  );
}
