import { BANK_ERRORS } from '../../domain/banks/errors';
import type { AcceptPayouts } from '../../domain/payouts/accept';
import { PAYOUT_ERRORS } from '../../domain/payouts/errors';
import { PAYEE_ERRORS } from '../../domain/payees/errors';
import type { Payees } from '../../domain/payees/payees';
import { SIGN_IN_ERRORS } from '../../domain/sign-in/errors';
import type { PayoutRests } from '../../domain/sign-in/rest';
import type { Confirmations } from '../../domain/step-up/confirmations';
import type { Wake } from '../../platform/wake';
import { acceptedPayout } from '../answers/transactions';
import { acceptedAs, ACCEPTING_ERRORS, CONFIRMING_ERRORS } from '../registry/answers';
import { sendAccepted } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import { askedPayout } from '../schemas/asked-payout';
import { confirmation } from '../schemas/headers';
import { payoutBody } from '../schemas/payouts';
import { riskOfPayout } from './order-risks';

export interface PayoutRouteDependencies {
  acceptPayouts: AcceptPayouts;
  confirmations: Confirmations;
  payees: Payees;
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
      PAYEE_ERRORS.BENEFICIARY_NOT_FOUND,
      PAYEE_ERRORS.BENEFICIARY_ARCHIVED,
      PAYEE_ERRORS.BENEFICIARY_NEW,
      PAYEE_ERRORS.BENEFICIARIES_USED_UP,
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
      {
        summary: 'To a beneficiary that you keep',
        body: {
          amount: 150_000,
          currency: 'INR',
          reference: 'order-1003',
          beneficiary_id: 'ben_01k3h8j2v4e6g8j0m2p4r6t8vx',
        },
      },
    ],
    handle: async (
      { caller, key, body, headers },
      { acceptPayouts, confirmations, payees, payoutRests, wake },
    ) => {
      payoutRests.require(caller, 'payout');
      if (caller.by === 'session') {
        const risk = await riskOfPayout(caller, body, payees);
        await confirmations.require(caller, risk, { id: headers.confirmation, key });
      }
      return sendAccepted(await acceptPayouts.accept(caller, key, askedPayout(body)), wake);
    },
  }),
];
