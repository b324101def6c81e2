import { Router } from '@koa/router';
import type { Authenticator } from '../../domain/auth/api-keys';
import type { AcceptPayouts } from '../../domain/payouts/accept';
import type { PayoutRequest } from '../../domain/payouts/payout';
import { paiseFromJson } from '../../platform/money';
import type { Wake } from '../../platform/wake';
import { authenticate, callerOf } from '../middleware/authenticate';
import { idempotencyKey } from '../schemas/headers';
import { payoutBody, type PayoutBody } from '../schemas/payouts';
import { refuseQuery } from '../schemas/query';
import { bodyOf } from '../middleware/input';
import { sendAccepted } from './accepted';

/** POST /v1/payouts: check, store, queue, 202. */
export function payoutRoutes(deps: {
  authenticator: Authenticator;
  acceptPayouts: AcceptPayouts;
  wake: Wake;
}): Router {
  const router = new Router();
  router.post('/v1/payouts', authenticate(deps.authenticator, 'payouts:write'), async (ctx) => {
    refuseQuery(ctx);
    const key = idempotencyKey(ctx);
    const request = toRequest(await bodyOf(ctx, payoutBody));
    const accepted = await deps.acceptPayouts.accept(callerOf(ctx), key, request);
    await sendAccepted(ctx, accepted, deps.wake);
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
