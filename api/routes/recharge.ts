import { Router } from '@koa/router';
import type { Authenticator } from '../../domain/auth/api-keys';
import type { AcceptRecharges } from '../../domain/recharge/accept';
import type { RechargeDesk } from '../../domain/recharge/desk';
import type { RechargeReader } from '../../domain/recharge/read';
import { queuedWork } from '../../jobs/due';
import { DomainError } from '../../domain/errors/errors';
import { RECHARGE_ERRORS } from '../../domain/recharge/errors';
import { parsePublicId, publicId } from '../../platform/ids';
import { paiseFromJson, paiseToJson } from '../../platform/money';
import type { Wake } from '../../platform/wake';
import { authenticate, callerOf } from '../middleware/authenticate';
import { readJson } from '../middleware/json-body';
import { idempotencyKey } from '../schemas/headers';
import { noQuery } from '../schemas/lists';
import { queryOf } from '../schemas/query';
import { operatorsBody, plansBody, rechargeBody } from '../schemas/recharge';
import { validate } from '../schemas/validate';

/**
 * POST /v1/recharge/operators, /v1/recharge/plans (questions; POST, because a number must be in no URL), POST /v1/recharges (202),
 * GET /v1/recharges/{id} (the receipt).
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
    queryOf(ctx, noQuery);
    const { mobile } = validate(operatorsBody, await readJson(ctx), '#');
    const { operator, circle } = await deps.rechargeDesk.operatorOf(mobile);
    ctx.body = { object: 'recharge_operator', operator, circle };
  });

  router.post('/v1/recharge/plans', auth, async (ctx) => {
    queryOf(ctx, noQuery);
    const { mobile, operator, circle } = validate(plansBody, await readJson(ctx), '#');
    const plans = await deps.rechargeDesk.plans(mobile, { operator, circle });
    const data = plans.map((plan) => ({
      object: 'recharge_plan',
      amount: paiseToJson(plan.amountPaise),
      validity: plan.validity,
      description: plan.description,
    }));
    ctx.body = { object: 'list', data, has_more: false, next_cursor: null, url: ctx.path };
  });

  router.post('/v1/recharges', auth, async (ctx) => {
    queryOf(ctx, noQuery);
    const key = idempotencyKey(ctx);
    const { amount, force, ...body } = validate(rechargeBody, await readJson(ctx), '#');
    const accepted = await deps.acceptRecharges.accept(callerOf(ctx), key, {
      ...body,
      amountPaise: paiseFromJson(amount),
      force: force ?? false,
    });
    await deps.wake(accepted.due.map(queuedWork));
    ctx.status = 202;
    ctx.set('Location', `/v1/transactions/${publicId('transaction', accepted.id)}`);
    ctx.set('Retry-After', '1');
    if (accepted.replayed) ctx.set('Idempotent-Replayed', 'true');
    ctx.type = 'application/json';
    ctx.body = accepted.body;
  });

  router.get('/v1/recharges/:id', authenticate(deps.authenticator, 'transactions:read'), async (ctx) => {
    queryOf(ctx, noQuery);
    const id = parsePublicId('transaction', ctx.params.id ?? '');
    if (id === undefined) throw new DomainError(RECHARGE_ERRORS.RECHARGE_NOT_FOUND);
    ctx.body = await deps.recharges.get(callerOf(ctx).userId, id);
  });
  return router;
}
