import type { TransactionId } from '../ids/ids';
import type { OffersPayouts } from './port';
import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { Beneficiaries } from '../beneficiaries/beneficiaries';
import type { InstructionBase, ProviderCallOptions } from '../provider/calls';
import type { Instruct, Instructed, ServiceDispatch } from '../dispatch/service-dispatch';
import type { PayoutCalls, PayoutInstruction } from './port';
import type { ProviderBeneficiaryRefs } from '../beneficiaries/details';

/**
 * Sends a payout: the beneficiary is registered with the provider once, then the instruction uses the
 * provider's ids of it.
 */
export function createPayoutDispatch(deps: {
  knex: Knex;
  beneficiaries: Beneficiaries;
}): ServiceDispatch<OffersPayouts> {
  return {
    inquiries: (connector) => connector.payout,
    sending: {
      calls: (connector) => connector.payout,
      async read(knex, ids) {
        const found = await rows<Held>(
          knex,
          `
          select p.transaction_id as id, p.mode, p.narration, b.id as "beneficiaryId", b.kind,
            b.name_sealed as "nameSealed", b.account_sealed as "accountSealed", b.ifsc,
            (select jsonb_object_agg(pb.provider, pb.refs) from provider_beneficiaries pb where pb.beneficiary_id = b.id) as known
          from payouts p join beneficiaries b on b.id = p.beneficiary_id where p.transaction_id = any(?::uuid[])`,
          [ids],
        );
        return new Map(
          found.map(
            (held) =>
              [
                held.id,
                (base: InstructionBase, connector: OffersPayouts) => instruct(deps, held, base, connector),
              ] satisfies [string, Instruct],
          ),
        );
      },
      async repeat(knex, transactionId, base, refs) {
        const [found] = await rows<Pick<PayoutInstruction, 'mode' | 'narration'>>(
          knex,
          'select mode, narration from payouts where transaction_id = ?',
          [transactionId],
        );
        return found === undefined ? undefined : instructionOf(base, found, refs);
      },
    },
  };
}

interface Held {
  id: TransactionId;
  mode: PayoutInstruction['mode'];
  narration: string | null;
  beneficiaryId: string;
  kind: 'bank' | 'vpa';
  nameSealed: string;
  accountSealed: string;
  ifsc: string | null;
  /** The providers' ids of the beneficiary, by provider. */
  known: Record<string, ProviderBeneficiaryRefs> | null;
}

async function instruct(
  deps: { knex: Knex; beneficiaries: Beneficiaries },
  held: Held,
  base: InstructionBase,
  connector: OffersPayouts,
): Promise<Instructed> {
  const known = held.known?.[connector.name];
  if (known !== undefined) return { ok: true, instruction: instructionOf(base, held, known), refs: known };
  const details = deps.beneficiaries.open({ ...held, id: held.beneficiaryId });
  const options: ProviderCallOptions = { transactionId: held.id };
  const registered = await (connector.payout as PayoutCalls).registerBeneficiary(details, options);
  if (!registered.ok) return registered;
  const refs = await deps.beneficiaries.saveProviderRefs(held.beneficiaryId, connector.name, registered.refs);
  return { ok: true, instruction: instructionOf(base, held, refs), refs };
}

function instructionOf(
  base: InstructionBase,
  { mode, narration }: Pick<PayoutInstruction, 'mode' | 'narration'>,
  refs: ProviderBeneficiaryRefs,
): PayoutInstruction {
  return { ...base, mode, narration, refs };
}
