/** The providers of a simulation: the connectors that tests script, over one book. */
import type { BeneficiaryDetails } from '../../../domain/beneficiaries/details';
import type { Connector } from '../../../domain/connectors';
import type { Registration } from '../../../domain/payouts/port';
import type { InstructionBase, PreparedRequest, ProviderCallOptions } from '../../../domain/provider/calls';
import type { ProviderOutcome } from '../../../domain/provider/outcome';
import { addMs } from '../../../platform/clock';
import { createScriptedAeps } from '../../support/scripted-aeps';
import { createScriptedBills } from '../../support/scripted-bbps';
import { createScriptedCollection } from '../../support/scripted-collection';
import { createScriptedConnector, OTHER_PROVIDER } from '../../support/scripted-connector';
import {
  createScriptedDmt,
  declined,
  deskUnknown,
  GOOD_OTP,
  type ScriptedDmt,
} from '../../support/scripted-dmt';
import { createScriptedRecharge } from '../../support/scripted-recharge';
import { passTime, type Sim } from './sim';

const WINDOW_MS = 15 * 60_000; // as the policies have it: "not found" means nothing before
/** Longer than a terminal waits. */
const SLOW_MS = 61_000;

export interface Providers {
  payouts: Connector;
  others: readonly Connector[];
  dmt: ScriptedDmt;
}

/** Payouts with two providers, transfers and withdrawals with another, bills and recharges with a fourth, collections with a fifth. */
export function createProviders(sim: Sim): Providers {
  const { random } = sim;
  const [payouts, others, dmt, aeps, bills, recharges, collections] = [
    createScriptedConnector(),
    createScriptedConnector(OTHER_PROVIDER),
    createScriptedDmt(),
    createScriptedAeps({ aadhaarPay: true }),
    createScriptedBills('setu'),
    createScriptedRecharge('setu'),
    createScriptedCollection(sim.clock),
  ];
  const door: Pick<Connector, 'admit' | 'available'> = {
    admit: async () =>
      sim.calm || random.chance(0.95)
        ? { ok: true }
        : { ok: false, rawStatus: '<rate limited>', retryAfterMs: 500 },
    available: () => sim.calm || random.chance(0.97),
  };
  // Away more often, so that payouts change their road in runs of the usual length.
  const doorOfPayouts = { ...door, available: () => sim.calm || random.chance(0.8) };
  const send = async (
    instruction: InstructionBase & { refs?: Record<string, string> },
    prepared: PreparedRequest,
    options?: ProviderCallOptions,
  ): Promise<ProviderOutcome> => sendTo(sim, instruction, prepared.body, options!);
  for (const calls of [dmt.dmt, bills.bbps, recharges.recharge]) calls.send = send;
  for (const connector of [payouts, others]) {
    connector.onRegister = (details) => registered(sim, details);
    connector.payout.send = (instruction, prepared, options) => {
      sim.sentBy.set(instruction.ourReference, connector.name);
      return send(instruction, prepared, options);
    };
  }
  // An order is made, and nothing more is learnt by that: whether it was paid is asked.
  collections.collection.send = async (...request) => {
    const answer = await send(...request);
    return answer.kind === 'succeeded' ? { ...answer, kind: 'pending' } : answer;
  };
  for (const connector of [payouts, others, dmt, aeps, bills, recharges, collections])
    connector.onInquire = (target) => sim.book.inquire(target);
  dmt.onDesk = (call) =>
    call === 'sendRefundOtp' && !sim.calm && random.chance(0.1) ? deskUnknown() : undefined;
  dmt.onRefund = ({ providerReference }, otp) =>
    otp === GOOD_OTP ? sim.book.refund(providerReference!) : declined();
  aeps.onWithdrawalOtp = ({ ourReference }) =>
    !sim.calm && random.chance(0.1)
      ? { ok: false, kind: random.pick(['unknown', 'refused'] as const), rawStatus: '<no one-time password>' }
      : { ok: true, value: { otpRequestRef: `FP${ourReference}` } };
  aeps.onWithdraw = (request, options) => {
    sim.services.set(options!.transactionId!, 'aeps');
    const answer = sendTo(
      sim,
      { ...request, idempotencyKey: request.ourReference },
      request.ourReference,
      options!,
    );
    if (!sim.calm && random.chance(0.15)) passTime(sim, SLOW_MS);
    return answer;
  };
  return {
    payouts: Object.assign(payouts, doorOfPayouts),
    others: [
      Object.assign(others, doorOfPayouts),
      { ...dmt, ...door, aeps: aeps.aeps },
      { ...bills, ...door, recharge: recharges.recharge },
      { ...collections, ...door },
    ],
    dmt,
  };
}

function registered({ calm, random }: Sim, details: BeneficiaryDetails): Registration {
  if (!calm && random.chance(0.1))
    return { ok: false, outcome: { kind: 'unknown', sent: false, rawStatus: '<timeout>' } };
  if (!calm && random.chance(0.02))
    return {
      ok: false,
      outcome: {
        kind: 'failed',
        sent: false,
        rawStatus: 'BAD_REQUEST_ERROR',
        rawReason: 'invalid_ifsc_code',
      },
    };
  return { ok: true, refs: { fund_account: `fa_${details.id}` } };
}

/** One request of ours at a provider. Its key is the one that makes a repeat safe, where the provider has such a key. */
function sendTo(
  sim: Sim,
  order: Pick<InstructionBase, 'idempotencyKey' | 'ourReference' | 'amountPaise'> & {
    refs?: Record<string, string>;
  },
  body: string,
  options: ProviderCallOptions,
): ProviderOutcome {
  const now = sim.clock.now();
  if (options.sendBefore !== undefined && now >= options.sendBefore)
    return { kind: 'unknown', sent: false, rawStatus: '<too late>' };
  const repeats = sim.sends.get(order.idempotencyKey) ?? 0;
  sim.sends.set(order.idempotencyKey, repeats + 1);
  return sim.book.send(
    { ...order, refs: order.refs ?? {}, label: options.transactionId!, body },
    repeats,
    addMs(options.sendBefore ?? now, WINDOW_MS).getTime(),
  );
}
