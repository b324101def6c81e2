import { Router } from '@koa/router';
import type { Authenticator } from '../../domain/auth/api-keys';
import type { AcceptPayouts } from '../../domain/payouts/accept';
import type { PayoutRequest } from '../../domain/payouts/payout';
import { queuedWork } from '../../jobs/due';
import { publicId } from '../../platform/ids';
import { paiseFromJson } from '../../platform/money';
import type { Wake } from '../../platform/wake';
import { authenticate, callerOf } from '../middleware/authenticate';
import { readJson } from '../middleware/json-body';
import { idempotencyKey } from '../schemas/headers';
import { noQuery } from '../schemas/lists';
import { payoutBody, type PayoutBody } from '../schemas/payouts';
import { queryOf } from '../schemas/query';
import { validate } from '../schemas/validate';

/** POST /v1/payouts: check, store, queue, 202. */
export function payoutRoutes(deps: {
  authenticator: Authenticator;
  acceptPayouts: AcceptPayouts;
  wake: Wake;
}): Router {
  const router = new Router();
  router.post('/v1/payouts', authenticate(deps.authenticator, 'payouts:write'), async (ctx) => {
    queryOf(ctx, noQuery);
    const key = idempotencyKey(ctx);
    const request = toRequest(validate(payoutBody, await readJson(ctx), '#'));
    const accepted = await deps.acceptPayouts.accept(callerOf(ctx), key, request);
    await deps.wake(accepted.due.map(queuedWork));
    ctx.status = 202;
    ctx.set('Location', `/v1/transactions/${publicId('transaction', accepted.id)}`);
    ctx.set('Retry-After', '1');
    if (accepted.replayed) ctx.set('Idempotent-Replayed', 'true');
    ctx.type = 'application/json';
    ctx.body = accepted.body;
  });
  return router;
}

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
