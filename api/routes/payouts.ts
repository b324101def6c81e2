import { BANK_ERRORS } from '../../domain/banks/errors';
import type { AcceptPayouts } from '../../domain/payouts/accept';
import { PAYOUT_ERRORS } from '../../domain/payouts/errors';
import type { PayoutRequest } from '../../domain/payouts/payout';
import { SIGN_IN_ERRORS } from '../../domain/sign-in/errors';
import type { PayoutRests } from '../../domain/sign-in/rest';
import type { Confirmations } from '../../domain/step-up/confirmations';
import { paiseFromJson } from '../../platform/money';
import type { Wake } from '../../platform/wake';
import { acceptedPayout } from '../answers/transactions';
import { acceptedAs, ACCEPTING_ERRORS, CONFIRMING_ERRORS } from '../registry/answers';
import { sendAccepted } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import { confirmation } from '../schemas/headers';
import { payoutBody, type PayoutBody } from '../schemas/payouts';
import { payoutRisk } from './order-risks';

export interface PayoutRouteDependencies {
  acceptPayouts: AcceptPayouts;
  confirmations: Confirmations;
  wake: Wake;
  payoutRests: PayoutRests;
}
const route = routesOf<PayoutRouteDependencies>();

export const payoutRoutes = [
  route({
    method: 'POST',
    path: '/v1/payouts',
    summary: 'Pay to a bank account or a UPI address',
    tag: 'Payouts',
    access: key('payouts:write'),
    limits: 'money',
    idempotency: 'key',
    headers: { confirmation },
    body: json(payoutBody),
    answers: acceptedAs(acceptedPayout),
    problems: [
      ...ACCEPTING_ERRORS,
      ...Object.values(PAYOUT_ERRORS),
      ...Object.values(BANK_ERRORS),
      SIGN_IN_ERRORS.PAYOUTS_REST,
      ...CONFIRMING_ERRORS,
    ],
    examples: [
      {
        summary: 'To a bank account',
        body: {
          amount: 150_000,
          currency: 'INR',
          mode: 'IMPS',
          reference: 'order-1001',
          narration: 'Order 1001',
          beneficiary: { name: 'Asha Traders', account_number: '000111220000', ifsc: 'HDFC0000053' },
        },
      },
      {
        summary: 'To a UPI address',
        body: {
          amount: 150_000,
          currency: 'INR',
          mode: 'UPI',
          reference: 'order-1002',
          beneficiary: { name: 'Asha Traders', vpa: 'asha.traders@okbank' },
        },
      },
    ],
    handle: async ({ caller, key, body, headers }, { acceptPayouts, confirmations, payoutRests, wake }) => {
      payoutRests.require(caller, 'payout');
      if (caller.by === 'session')
        await confirmations.require(caller, payoutRisk(body), { id: headers.confirmation, key });
      return sendAccepted(await acceptPayouts.accept(caller, key, toRequest(body)), wake);
    },
  }),
];

function toRequest(body: PayoutBody): PayoutRequest {
  const { name, account_number: accountNumber, ifsc, vpa } = body.beneficiary;
  return {
    amountPaise: paiseFromJson(body.amount),
    currency: body.currency,
    mode: body.mode,
    reference: body.reference,
    narration: body.narration,
    beneficiary: {
      name,
      account:
        vpa === undefined
          ? { kind: 'bank', accountNumber: accountNumber!, ifsc: ifsc!.toUpperCase() }
          : { kind: 'vpa', address: vpa },
    },
  };
}
