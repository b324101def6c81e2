import type { TransactionId } from '../../domain/ids/ids';
import { Router } from '@koa/router';
import type { Context } from 'koa';
import { requireScope, type Authenticator } from '../../domain/auth/api-keys';
import { REFUND_ERRORS } from '../../domain/refunds/errors';
import type { ServiceName } from '../../domain/provider/service-name';
import type { Refunds } from '../../domain/refunds/refunds';
import { CONSENT_REFUND_SERVICES, SERVICE_DEFINITIONS, type Scope } from '../../domain/services/services';
import { queuedWork } from '../../jobs/due';
import { publicId } from '../../platform/ids';
import type { Wake } from '../../platform/wake';
import { authenticate, callerOf } from '../middleware/authenticate';
import { bodyOf, idOf, pathId } from '../middleware/input';
import { emptyBody, refundBody } from '../schemas/refunds';

export interface RefundRouteDependencies {
  authenticator: Authenticator;
  refunds: Refunds;
  wake: Wake;
}

/** A key that may send a service's transactions may have them refunded. */
const scopeOf = (service: ServiceName): Scope => SERVICE_DEFINITIONS[service].scope;
const [SCOPE, ...OTHER_SCOPES] = CONSENT_REFUND_SERVICES.map(scopeOf) as [Scope, ...Scope[]];

/**
 * Refunds against the customer's one-time password, of every service. The provider is asked while the
 * customer waits.
 */
export function refundRoutes({ authenticator, refunds, wake }: RefundRouteDependencies): Router {
  const router = new Router();
  const auth = authenticate(authenticator, SCOPE, ...OTHER_SCOPES);
  const transaction = async (ctx: Context): Promise<TransactionId> => {
    const id = pathId(ctx, 'transaction', 'TRANSACTION_NOT_FOUND');
    requireScope(callerOf(ctx), scopeOf(await refunds.serviceOf(callerOf(ctx).userId, id)));
    return id;
  };
  router.post('/v1/transactions/:id/refund-otp', auth, async (ctx) => {
    await bodyOf(ctx, emptyBody);
    const { otpId } = await refunds.sendOtp(callerOf(ctx).userId, await transaction(ctx));
    ctx.body = { object: 'refund_otp', transaction: ctx.params.id, otp_reference: publicId('dmtOtp', otpId) };
  });
  router.post('/v1/transactions/:id/refund', auth, async (ctx) => {
    const { otp, otp_reference: reference } = await bodyOf(ctx, refundBody);
    const otpId =
      reference === undefined ? undefined : idOf('dmtOtp', reference, REFUND_ERRORS.REFUND_OTP_MISSING);
    const { result, due } = await refunds.refund(callerOf(ctx).userId, await transaction(ctx), {
      otp,
      otpId,
    });
    await wake(due.map(queuedWork));
    ctx.status = 202;
    ctx.set('Location', `/v1/transactions/${ctx.params.id}`);
    ctx.body = {
      object: 'refund',
      transaction: ctx.params.id,
      status: result === 'refunded' ? 'REFUNDED' : 'PENDING',
      links: { transaction: `/v1/transactions/${ctx.params.id}` },
    };
  });
  return router;
}
