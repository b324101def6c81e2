import { Router } from '@koa/router';
import type { Authenticator } from '../../domain/auth/api-keys';
import type { AcceptRecharges } from '../../domain/recharge/accept';
import type { RechargeDesk } from '../../domain/recharge/desk';
import type { RechargeReader } from '../../domain/recharge/read';
import { RECHARGE_ERRORS } from '../../domain/recharge/errors';
import { paiseFromJson, paiseToJson } from '../../platform/money';
import type { Wake } from '../../platform/wake';
import { authenticate, callerOf } from '../middleware/authenticate';
import { idempotencyKey } from '../schemas/headers';
import { refuseQuery } from '../schemas/query';
import { operatorsBody, plansBody, rechargeBody } from '../schemas/recharge';
import { bodyOf, idOf } from '../middleware/input';
import { sendAccepted } from './accepted';
import { sendList } from './pages';

/**
 * POST /v1/recharge/operators, /v1/recharge/plans (questions; POST, because a number must be in no URL), POST
 * /v1/recharges (202), GET /v1/recharges/{id} (the receipt).
 */
export function rechargeRoutes(deps: {
  authenticator: Authenticator;
  acceptRecharges: AcceptRecharges;
  rechargeDesk: RechargeDesk;
  recharges: RechargeReader;
  wake: Wake;
}): Router {
  const router = new Router();
  const auth = authenticate(deps.authenticator, 'recharge:write');

  router.post('/v1/recharge/operators', auth, async (ctx) => {
    const { mobile } = await bodyOf(ctx, operatorsBody);
    const { operator, circle } = await deps.rechargeDesk.operatorOf(mobile);
    ctx.body = { object: 'recharge_operator', operator, circle };
  });

  router.post('/v1/recharge/plans', auth, async (ctx) => {
    const { mobile, operator, circle } = await bodyOf(ctx, plansBody);
    const plans = await deps.rechargeDesk.plans(mobile, { operator, circle });
    const data = plans.map((plan) => ({
      object: 'recharge_plan',
      amount: paiseToJson(plan.amountPaise),
      validity: plan.validity,
      description: plan.description,
    }));
    sendList(ctx, data);
  });

  router.post('/v1/recharges', auth, async (ctx) => {
    refuseQuery(ctx);
    const key = idempotencyKey(ctx);
    const { amount, force, ...body } = await bodyOf(ctx, rechargeBody);
    const accepted = await deps.acceptRecharges.accept(callerOf(ctx), key, {
      ...body,
      amountPaise: paiseFromJson(amount),
      force: force ?? false,
    });
    await sendAccepted(ctx, accepted, deps.wake);
  });

  router.get('/v1/recharges/:id', authenticate(deps.authenticator, 'transactions:read'), async (ctx) => {
    refuseQuery(ctx);
    const id = idOf('transaction', ctx.params.id, RECHARGE_ERRORS.RECHARGE_NOT_FOUND);
    ctx.body = await deps.recharges.get(callerOf(ctx).userId, id);
  });
  return router;
}
