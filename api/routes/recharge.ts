import type { AcceptRecharges } from '../../domain/recharge/accept';
import type { RechargeDesk } from '../../domain/recharge/desk';
import { RECHARGE_ERRORS } from '../../domain/recharge/errors';
import type { RechargeReader } from '../../domain/recharge/read';
import { SIGN_IN_ERRORS } from '../../domain/sign-in/errors';
import type { PayoutRests } from '../../domain/sign-in/rest';
import type { Confirmations } from '../../domain/step-up/confirmations';
import { paiseFromJson, paiseToJson } from '../../platform/money';
import type { Wake } from '../../platform/wake';
import { operator, planList, recharge } from '../answers/recharge';
import { acceptedRecharge } from '../answers/transactions';
import { acceptedAs, ACCEPTING_ERRORS, CONFIRMING_ERRORS, found } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { listOf, ok, sendAccepted } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import { confirmation } from '../schemas/headers';
import { operatorsBody, plansBody, rechargeBody } from '../schemas/recharge';
import { rechargeRisk } from './order-risks';

export interface RechargeRouteDependencies {
  acceptRecharges: AcceptRecharges;
  rechargeDesk: RechargeDesk;
  recharges: RechargeReader;
  confirmations: Pick<Confirmations, 'require'>;
  payoutRests: PayoutRests;
  wake: Wake;
}
const route = routesOf<RechargeRouteDependencies>();

/** A question: POST, because a number must be in no URL. */
const QUESTION = {
  method: 'POST',
  tag: 'Recharges',
  access: key('recharge:write'),
  limits: 'desk',
  idempotency: 'none',
  problems: [RECHARGE_ERRORS.RECHARGE_LOOKUP_REFUSED, 'PROVIDER_UNAVAILABLE'],
} as const;

export const rechargeRoutes = [
  route({
    ...QUESTION,
    path: '/v1/recharge/operators',
    summary: 'Whose number it is',
    body: json(operatorsBody),
    answers: found('Operator and circle', operator),
    examples: [{ summary: 'A number', body: { mobile: '9876500000' } }],
    handle: async ({ body }, { rechargeDesk }) => {
      const { operator, circle } = await rechargeDesk.operatorOf(body.mobile);
      return ok({ object: 'recharge_operator', operator, circle });
    },
  }),
  route({
    ...QUESTION,
    path: '/v1/recharge/plans',
    summary: 'What can be recharged',
    body: json(plansBody),
    answers: found('The plans', planList),
    examples: [{ summary: 'A number', body: { mobile: '9876500000', operator: 'jio', circle: 'Karnataka' } }],
    handle: async ({ body: { mobile, operator, circle }, request }, { rechargeDesk }) => {
      const plans = await rechargeDesk.plans(mobile, { operator, circle });
      const data = plans.map((plan) => ({
        object: 'recharge_plan',
        amount: paiseToJson(plan.amountPaise),
        validity: plan.validity,
        description: plan.description,
      }));
      return listOf(request, data);
    },
  }),
  route({
    method: 'POST',
    path: '/v1/recharges',
    summary: 'Recharge a number',
    tag: 'Recharges',
    access: key('recharge:write'),
    limits: 'money',
    idempotency: 'key',
    headers: { confirmation },
    body: json(rechargeBody),
    answers: acceptedAs(acceptedRecharge),
    problems: [
      ...ACCEPTING_ERRORS,
      ...Object.values(RECHARGE_ERRORS),
      SIGN_IN_ERRORS.PAYOUTS_REST,
      ...CONFIRMING_ERRORS,
    ],
    examples: [
      {
        summary: 'A plan of 199 rupees',
        body: {
          mobile: '9876500000',
          operator: 'jio',
          circle: 'Karnataka',
          amount: 19_900,
          currency: 'INR',
          reference: 'recharge-1001',
        },
      },
    ],
    handle: async ({ caller, key, body: { amount, force, ...body }, headers }, deps) => {
      const { acceptRecharges, confirmations, payoutRests, wake } = deps;
      payoutRests.require(caller, 'recharge');
      const request = { ...body, amountPaise: paiseFromJson(amount), force: force ?? false };
      if (caller.by === 'session')
        await confirmations.require(caller, rechargeRisk(request.amountPaise, request.mobile), {
          id: headers.confirmation,
          key,
        });
      return sendAccepted(await acceptRecharges.accept(caller, key, request), wake);
    },
  }),
  route({
    method: 'GET',
    path: '/v1/recharges/{id}',
    summary: 'The receipt of a recharge',
    tag: 'Recharges',
    access: key('transactions:read'),
    limits: 'read',
    idempotency: 'none',
    params: { id: idParameter('transaction', RECHARGE_ERRORS.RECHARGE_NOT_FOUND) },
    answers: found('The receipt; the number is masked', recharge),
    problems: [RECHARGE_ERRORS.RECHARGE_NOT_FOUND],
    handle: async ({ caller, params }, { recharges }) => ok(await recharges.get(caller.userId, params.id)),
  }),
];
