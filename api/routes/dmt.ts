import { Router } from '@koa/router';
import type { Context } from 'koa';
import type Joi from 'joi';
import { requireScope, type Authenticator } from '../../domain/auth/api-keys';
import type { MoneyTransfer } from '../../domain/dmt/money-transfer';
import { transferPath } from '../../domain/dmt/transfers';
import { queuedWork } from '../../jobs/due';
import { DomainError, type Refusal } from '../../domain/errors/errors';
import { REFUND_ERRORS } from '../../domain/refunds/errors';
import { DMT_ERRORS } from '../../domain/dmt/errors';
import { parsePublicId, publicId, type IdKind } from '../../platform/ids';
import { paiseFromJson, paiseToJson } from '../../platform/money';
import type { Wake } from '../../platform/wake';
import { authenticate, callerOf } from '../middleware/authenticate';
import { readJson } from '../middleware/json-body';
import {
  ekycBody,
  ekycVerificationBody,
  emptyBody,
  enrolmentBody,
  recipientBody,
  refundBody,
  senderBody,
  transferBody,
  transferOtpsBody,
} from '../schemas/dmt';
import { idempotencyKey } from '../schemas/headers';
import { noQuery } from '../schemas/lists';
import { queryOf } from '../schemas/query';
import { validate } from '../schemas/validate';

export interface DmtRouteDependencies {
  authenticator: Authenticator;
  moneyTransfer: MoneyTransfer;
  wake: Wake;
}

/** Domestic money transfer: senders, recipients, one-time passwords and refunds ask the provider while the customer waits; transfers are stored, queued, 202. */
export function dmtRoutes(deps: DmtRouteDependencies): Router {
  const router = new Router();
  senderRoutes(router, deps);
  transferRoutes(router, deps);
  refundRoutes(router, deps);
  return router;
}

function senderRoutes(
  router: Router,
  { authenticator, moneyTransfer: { senders, recipients, transferOtps } }: DmtRouteDependencies,
): void {
  const auth = authenticate(authenticator, 'dmt:write');
  const sender = (ctx: Context): string => pathId(ctx, 'dmtSender', DMT_ERRORS.DMT_SENDER_NOT_FOUND);

  router.post('/v1/dmt/senders', auth, async (ctx) => {
    const { mobile } = await bodyOf(ctx, senderBody);
    ctx.body = await senders.look(callerOf(ctx).userId, mobile);
  });
  router.get('/v1/dmt/senders/:id', auth, async (ctx) => {
    queryOf(ctx, noQuery);
    ctx.body = await senders.get(callerOf(ctx).userId, sender(ctx));
  });
  router.post('/v1/dmt/senders/:id/enrolment', auth, async (ctx) => {
    const { name, born_on: bornOn, address } = await bodyOf(ctx, enrolmentBody);
    ctx.body = await senders.enrol(callerOf(ctx).userId, sender(ctx), { name, bornOn, address });
  });
  router.post('/v1/dmt/senders/:id/ekyc', auth, async (ctx) => {
    const { aadhaar, pid } = await bodyOf(ctx, ekycBody);
    ctx.body = await senders.startEkyc(callerOf(ctx).userId, sender(ctx), aadhaar, pid);
  });
  router.post('/v1/dmt/senders/:id/ekyc/verification', auth, async (ctx) => {
    const { otp } = await bodyOf(ctx, ekycVerificationBody);
    ctx.body = await senders.finishEkyc(callerOf(ctx).userId, sender(ctx), otp);
  });
  router.get('/v1/dmt/senders/:id/recipients', auth, async (ctx) => {
    queryOf(ctx, noQuery);
    const data = await recipients.list(callerOf(ctx).userId, sender(ctx));
    ctx.body = { object: 'list', data, has_more: false, next_cursor: null, url: ctx.path };
  });
  router.post('/v1/dmt/senders/:id/recipients', auth, async (ctx) => {
    const { name, mobile, ifsc, account_number: accountNumber } = await bodyOf(ctx, recipientBody);
    ctx.body = await recipients.add(callerOf(ctx).userId, sender(ctx), {
      name,
      mobile,
      ifsc: ifsc.toUpperCase(),
      accountNumber,
    });
  });
  router.post('/v1/dmt/senders/:id/transfer-otps', auth, async (ctx) => {
    const { recipient, amount } = await bodyOf(ctx, transferOtpsBody);
    const recipientId = parsedId('dmtRecipient', recipient, DMT_ERRORS.DMT_RECIPIENT_NOT_FOUND);
    const { parts, chargePaise, totalPaise, expiresAt } = await transferOtps.request(
      callerOf(ctx).userId,
      sender(ctx),
      { recipientId, amountPaise: paiseFromJson(amount) },
    );
    ctx.body = {
      object: 'dmt_transfer_otps',
      parts: parts.map(({ otpId, quote }) => ({
        amount: paiseToJson(quote.amountPaise),
        charge: paiseToJson(quote.chargePaise),
        otp_reference: publicId('dmtOtp', otpId),
      })),
      charge: paiseToJson(chargePaise),
      total: paiseToJson(totalPaise),
      expires_at: expiresAt.toISOString(),
    };
  });
}

function transferRoutes(
  router: Router,
  { authenticator, moneyTransfer: { acceptTransfers, transfers }, wake }: DmtRouteDependencies,
): void {
  router.post('/v1/dmt/transfers', authenticate(authenticator, 'dmt:write'), async (ctx) => {
    const key = idempotencyKey(ctx);
    const { sender, recipient, reference, currency, parts } = await bodyOf(ctx, transferBody);
    const accepted = await acceptTransfers.accept(callerOf(ctx), key, {
      senderId: parsedId('dmtSender', sender, DMT_ERRORS.DMT_SENDER_NOT_FOUND),
      recipientId: parsedId('dmtRecipient', recipient, DMT_ERRORS.DMT_RECIPIENT_NOT_FOUND),
      reference,
      currency,
      parts: parts.map(({ amount, otp_reference: otpReference, otp }) => ({
        amountPaise: paiseFromJson(amount),
        otpId: parsedId('dmtOtp', otpReference, DMT_ERRORS.DMT_OTP_REFERENCE_INVALID),
        otp,
      })),
    });
    await wake(accepted.due.map(queuedWork));
    ctx.status = 202;
    ctx.set('Location', transferPath(accepted.id));
    ctx.set('Retry-After', '1');
    if (accepted.replayed) ctx.set('Idempotent-Replayed', 'true');
    ctx.type = 'application/json';
    ctx.body = accepted.body;
  });
  router.get('/v1/dmt/transfers/:id', authenticate(authenticator, 'transactions:read'), async (ctx) => {
    queryOf(ctx, noQuery);
    ctx.body = await transfers.get(
      callerOf(ctx).userId,
      pathId(ctx, 'dmtTransfer', DMT_ERRORS.DMT_TRANSFER_NOT_FOUND),
    );
  });
}

/** Refunds by the customer's consent: of transfers, and of bills and recharges that went the same way. */
function refundRoutes(
  router: Router,
  { authenticator, moneyTransfer: { refunds }, wake }: DmtRouteDependencies,
): void {
  const auth = authenticate(authenticator, 'dmt:write', 'bbps:write', 'recharge:write');
  /** Who may send a service's transactions may have them refunded. */
  const transaction = async (ctx: Context): Promise<string> => {
    const id = pathId(ctx, 'transaction', 'TRANSACTION_NOT_FOUND');
    requireScope(callerOf(ctx), `${await refunds.serviceOf(callerOf(ctx).userId, id)}:write`);
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
      reference === undefined
        ? undefined
        : parsedId('dmtOtp', reference, REFUND_ERRORS.DMT_REFUND_OTP_MISSING);
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
}

/** The body, checked; these routes take no query. */
async function bodyOf<T>(ctx: Context, schema: Joi.ObjectSchema<T>): Promise<T> {
  queryOf(ctx, noQuery);
  return validate(schema, await readJson(ctx), '#');
}

/** An id that is not in the form of one is an id that does not exist. */
function parsedId(kind: IdKind, text: string, missing: Refusal): string {
  const id = parsePublicId(kind, text);
  if (id === undefined) throw new DomainError(missing);
  return id;
}

function pathId(ctx: Context, kind: IdKind, missing: Refusal): string {
  return parsedId(kind, (ctx.params as { id?: string }).id ?? '', missing);
}
