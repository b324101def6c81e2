import { Router } from '@koa/router';
import type { Authenticator } from '../../domain/auth/api-keys';
import type { Bbps } from '../../domain/bbps/bbps';
import type { BillPaymentRequest } from '../../domain/bbps/payment';
import type { GivenRemitter } from '../../domain/bbps/remitter';
import { fieldError } from '../../domain/errors/errors';
import { BBPS_ERRORS } from '../../domain/bbps/errors';
import { parsePublicId } from '../../platform/ids';
import { paiseFromJson } from '../../platform/money';
import type { Wake } from '../../platform/wake';
import { authenticate, callerOf } from '../middleware/authenticate';
import { complaintBody, paymentBody, type PaymentBody, type RemitterBody } from '../schemas/bbps';
import { idempotencyKey } from '../schemas/headers';
import { refuseQuery } from '../schemas/query';
import { requestOf } from './bbps';
import { bodyOf, idOf } from '../middleware/input';
import { sendAccepted } from './accepted';
import { sendList } from './pages';

/** POST /v1/bbps/payments, and what there is to a payment: its receipt, and complaints about it. */
export function bbpsPaymentRoutes(deps: {
  authenticator: Authenticator;
  bbps: Pick<Bbps, 'accept' | 'receipts' | 'complaints'>;
  wake: Wake;
}): Router {
  const router = new Router();
  const writes = authenticate(deps.authenticator, 'bbps:write');
  const reads = authenticate(deps.authenticator, 'transactions:read');
  const { accept, receipts, complaints } = deps.bbps;

  router.post('/v1/bbps/payments', writes, async (ctx) => {
    refuseQuery(ctx);
    const key = idempotencyKey(ctx);
    const request = toRequest(await bodyOf(ctx, paymentBody));
    const accepted = await accept.accept(callerOf(ctx), key, request);
    await sendAccepted(ctx, accepted, deps.wake);
  });

  router.get('/v1/bbps/payments/:id/receipt', reads, async (ctx) => {
    refuseQuery(ctx);
    ctx.body = await receipts.get(
      callerOf(ctx).userId,
      idOf('transaction', ctx.params.id, 'TRANSACTION_NOT_FOUND'),
    );
  });

  router.post('/v1/bbps/payments/:id/complaints', writes, async (ctx) => {
    refuseQuery(ctx);
    const payment = idOf('transaction', ctx.params.id, 'TRANSACTION_NOT_FOUND');
    const { disposition, description } = await bodyOf(ctx, complaintBody);
    const raised = await complaints.raise(callerOf(ctx).userId, payment, disposition, description);
    ctx.status = 201;
    ctx.set('Location', raised.links.self);
    ctx.body = raised;
  });

  router.get('/v1/bbps/payments/:id/complaints', reads, async (ctx) => {
    refuseQuery(ctx);
    const data = await complaints.list(
      callerOf(ctx).userId,
      idOf('transaction', ctx.params.id, 'TRANSACTION_NOT_FOUND'),
    );
    sendList(ctx, data);
  });

  router.get('/v1/bbps/payments/:id/complaints/:complaint', reads, async (ctx) => {
    refuseQuery(ctx);
    ctx.body = await complaints.get(
      callerOf(ctx).userId,
      idOf('transaction', ctx.params.id, 'TRANSACTION_NOT_FOUND'),
      idOf('complaint', ctx.params.complaint, BBPS_ERRORS.BBPS_COMPLAINT_NOT_FOUND),
    );
  });
  return router;
}

function toRequest(body: PaymentBody): BillPaymentRequest {
  return {
    what:
      body.fetch === undefined
        ? { billerId: body.biller!, request: requestOf({ customer: body.customer!, counter: body.counter! }) }
        : { fetchId: fetchIdOf(body.fetch) },
    amountPaise: paiseFromJson(body.amount),
    currency: body.currency,
    reference: body.reference,
    paymentMode: body.payment_mode,
    remitter: body.remitter && givenRemitter(body.remitter),
    billNumber: body.bill_number,
    force: body.force ?? false,
  };
}

function givenRemitter({ account_number: number, ifsc, ...given }: RemitterBody): GivenRemitter {
  return number === undefined ? given : { ...given, account: { number, ifsc: ifsc!.toUpperCase() } };
}

function fetchIdOf(text: string): string {
  const id = parsePublicId('billFetch', text);
  if (id !== undefined) return id;
  const detail = 'take the id of a fetch of yours from POST /v1/bbps/fetches';
  throw fieldError(BBPS_ERRORS.BBPS_FETCH_UNKNOWN, '#/fetch', detail);
}
