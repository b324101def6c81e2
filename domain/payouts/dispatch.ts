import type { TransactionId } from '../ids/ids';
import type { OffersPayouts } from './port';
import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { Beneficiaries } from '../beneficiaries/beneficiaries';
import type { InstructionBase } from '../provider/calls';
import type { Instruct, Instructed, ServiceDispatch } from '../dispatch/service-dispatch';
import type { PayoutCalls, PayoutInstruction } from './port';
import type { ProviderBeneficiaryRefs } from '../beneficiaries/details';
import { bankOf } from './payout';

/**
 * Sends a payout: the beneficiary is registered with the provider once, then the instruction uses the
 * provider's ids of it.
 */
export function createPayoutDispatch(deps: {
  knex: Knex;
  beneficiaries: Beneficiaries;
}): ServiceDispatch<OffersPayouts> {
  return {
    changesRoads: true,
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
        return new Map(found.map((held) => [held.id, instructing(deps, held)]));
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

function instructing(deps: { beneficiaries: Beneficiaries }, held: Held): Instruct<OffersPayouts> {
  const knownAt = ({ name }: OffersPayouts): ProviderBeneficiaryRefs => held.known?.[name] ?? {};
  return Object.assign(
    (base: InstructionBase, connector: OffersPayouts) =>
      instruct(deps, held, base, { connector, known: knownAt(connector) }),
    {
      calls: (connector: OffersPayouts) => connector.payout?.callsToRegister(knownAt(connector)) ?? 0,
      asked: { class: held.mode, subject: bankOf(held.ifsc) },
    },
  );
}

async function instruct(
  { beneficiaries }: { beneficiaries: Beneficiaries },
  held: Held,
  base: InstructionBase,
  { connector, known }: { connector: OffersPayouts; known: ProviderBeneficiaryRefs },
): Promise<Instructed> {
  const calls = connector.payout as PayoutCalls;
  const of = { beneficiaryId: held.beneficiaryId, provider: connector.name };
  const instructed = (refs: ProviderBeneficiaryRefs): Instructed => ({
    ok: true,
    instruction: instructionOf(base, held, refs),
    refs,
    forget: () => beneficiaries.forgetProviderRefs({ ...of, refs }),
  });
  if (calls.callsToRegister(known) === 0) return instructed(known);
  const details = beneficiaries.open({ ...held, id: held.beneficiaryId });
  const options = { transactionId: held.id, known, admitted: true }; // admitted with the payout (Instruct.calls)
  const registered = await calls.registerBeneficiary(details, options);
  if (registered.ok)
    return instructed(await beneficiaries.saveProviderRefs({ ...of, refs: registered.refs }));
  if (registered.outcome.refusesRefs === true) await beneficiaries.forgetProviderRefs({ ...of, refs: known });
  else if (registered.refs !== undefined)
    await beneficiaries.saveProviderRefs({ ...of, refs: registered.refs });
  return registered;
}

function instructionOf(
  base: InstructionBase,
  { mode, narration }: Pick<PayoutInstruction, 'mode' | 'narration'>,
  refs: ProviderBeneficiaryRefs,
): PayoutInstruction {
  return { ...base, mode, narration, refs };
}
