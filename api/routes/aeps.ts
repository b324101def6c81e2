import { Router } from '@koa/router';
import type Joi from 'joi';
import type { Context } from 'koa';
import type { Aeps } from '../../domain/aeps/aeps';
import type { EnquiryKind } from '../../domain/aeps/enquiries';
import { AEPS_ERRORS } from '../../domain/aeps/errors';
import type { AepsKind } from '../../domain/aeps/request';
import type { WithdrawalResult } from '../../domain/aeps/withdraw';
import type { Authenticator } from '../../domain/auth/api-keys';
import { isFinalStatus } from '../../domain/transactions/read';
import { queuedWork } from '../../jobs/due';
import { DomainError } from '../../domain/errors/errors';
import type { Log } from '../../platform/logger';
import { paiseFromJson } from '../../platform/money';
import type { Wake } from '../../platform/wake';
import { authenticate, callerOf } from '../middleware/authenticate';
import {
  acknowledgementBody,
  enquiryBody,
  orderBody,
  withdrawalBody,
  withdrawalOtpBody,
  type WithdrawalBody,
} from '../schemas/aeps';
import { idempotencyKey } from '../schemas/headers';
import { refuseQuery } from '../schemas/query';
import { refuseEcho, refuseEchoInKey } from './aeps-echo';
import { bodyOf, idOf, pathId } from '../middleware/input';

export interface AepsRouteDependencies {
  authenticator: Authenticator;
  aeps: Aeps;
  wake: Wake;
  announce(finished: readonly string[]): void;
  log: Log;
}

/**
 * POST /v1/aeps/withdrawals, /withdrawal-otps, /merchant-payments, /balance-enquiries, /mini-statements: the
 * terminal waits while the provider is asked, once.
 */
export function aepsRoutes(deps: AepsRouteDependencies): Router {
  const router = new Router();
  const write = authenticate(deps.authenticator, 'aeps:write');
  const read = authenticate(deps.authenticator, 'transactions:read');
  const orders: [string, AepsKind][] = [
    ['withdrawals', 'withdrawal'],
    ['merchant-payments', 'merchant_payment'],
  ];
  for (const [path, kind] of orders) {
    router.post(`/v1/aeps/${path}`, write, (ctx) => placeOrder(ctx, deps, kind));
    router.get(`/v1/aeps/${path}/:id`, read, async (ctx) => {
      refuseQuery(ctx);
      const view = await deps.aeps.reader.get(
        callerOf(ctx).userId,
        idOf('transaction', ctx.params.id, 'TRANSACTION_NOT_FOUND'),
      );
      if (view.kind !== kind) throw new DomainError('TRANSACTION_NOT_FOUND');
      ctx.body = view;
    });
  }
  router.post('/v1/aeps/withdrawals/:id/acknowledgement', write, async (ctx) => {
    const { cash_handed_out: cashHandedOut } = await bodyOf(ctx, acknowledgementBody);
    ctx.body = await deps.aeps.reader.acknowledge(
      callerOf(ctx).userId,
      idOf('transaction', ctx.params.id, 'TRANSACTION_NOT_FOUND'),
      cashHandedOut,
    );
  });
  router.post('/v1/aeps/withdrawal-otps', write, (ctx) => askForOtp(ctx, deps));
  router.get('/v1/aeps/withdrawal-otps/:id', read, async (ctx) => {
    refuseQuery(ctx);
    const id = pathId(ctx, 'aepsOtp', AEPS_ERRORS.AEPS_OTP_NOT_FOUND);
    ctx.body = await deps.aeps.withdrawalOtps.get(callerOf(ctx).userId, id);
  });
  const enquiries: [string, EnquiryKind][] = [
    ['balance-enquiries', 'balance'],
    ['mini-statements', 'mini_statement'],
  ];
  for (const [path, kind] of enquiries) {
    router.post(`/v1/aeps/${path}`, write, async (ctx) => {
      const { aadhaar, pid, customer, terminal } = await bodyOf(ctx, enquiryBody);
      refuseEcho(aadhaar, [
        ['#/terminal/id', terminal.id],
        ['#/customer/bank', customer.bank],
      ]);
      ctx.body = await deps.aeps.enquiries.ask(
        callerOf(ctx).userId,
        { kind, customer, terminal },
        { aadhaar, pid },
      );
    });
  }
  return router;
}

async function placeOrder(ctx: Context, deps: AepsRouteDependencies, kind: AepsKind): Promise<void> {
  refuseQuery(ctx);
  const key = idempotencyKey(ctx);
  const schema: Joi.ObjectSchema<WithdrawalBody> = kind === 'withdrawal' ? withdrawalBody : orderBody;
  const { aadhaar, pid, otp_request: otpRequest, ...body } = await bodyOf(ctx, schema);
  const { amount, currency, reference, customer, terminal } = body;
  refuseEcho(aadhaar, [
    ['#/reference', reference],
    ['#/terminal/id', terminal.id],
    ['#/customer/bank', customer.bank],
  ]);
  refuseEchoInKey(aadhaar, key);
  const result = await deps.aeps.withdrawals.run(
    callerOf(ctx).userId,
    key,
    {
      kind,
      amountPaise: paiseFromJson(amount),
      currency,
      reference,
      customer,
      terminal,
      otpId: otpRequest === undefined ? undefined : idOf('aepsOtp', otpRequest, AEPS_ERRORS.AEPS_OTP_UNKNOWN),
    },
    { aadhaar, pid },
  );
  // The name of the error only: what failed on the way had biometrics in its hands.
  if (result.error !== undefined)
    deps.log.error(
      {
        error_name: result.error.name,
        code: result.error instanceof DomainError ? result.error.code : undefined,
        request: ctx.state.requestId as string,
      },
      'a withdrawal is left to its row',
    );
  await deps.wake(result.due.map(queuedWork));
  deps.announce(result.finished);
  answer(ctx, result);
}

async function askForOtp(ctx: Context, deps: AepsRouteDependencies): Promise<void> {
  refuseQuery(ctx);
  const key = idempotencyKey(ctx);
  const { aadhaar, amount, currency, customer, terminal } = await bodyOf(ctx, withdrawalOtpBody);
  refuseEcho(aadhaar, [
    ['#/terminal/id', terminal.id],
    ['#/customer/bank', customer.bank],
  ]);
  refuseEchoInKey(aadhaar, key);
  const { view, replayed } = await deps.aeps.withdrawalOtps.ask(
    callerOf(ctx).userId,
    key,
    { amountPaise: paiseFromJson(amount), currency, customer, terminal },
    aadhaar,
  );
  if (replayed) ctx.set('Idempotent-Replayed', 'true');
  ctx.body = view;
}

function answer(ctx: Context, { view, shownOnce, replayed }: WithdrawalResult): void {
  ctx.status = isFinalStatus(view.status) ? 200 : 202;
  ctx.set('Location', view.links.self);
  if (ctx.status === 202) ctx.set('Retry-After', '1');
  if (replayed) ctx.set('Idempotent-Replayed', 'true');
  ctx.body = {
    ...view,
    ...(shownOnce.customerBalance === null ? {} : { customer_balance: shownOnce.customerBalance }),
    ...(shownOnce.maskedAadhaar === null ? {} : { masked_aadhaar: shownOnce.maskedAadhaar }),
  };
}
