import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Authenticator } from '../../domain/auth/api-keys';
import type { MoneyTransfer } from '../../domain/dmt/money-transfer';
import { transferPath } from '../../domain/dmt/transfers';
import { DMT_ERRORS } from '../../domain/dmt/errors';
import { publicId } from '../../platform/ids';
import { paiseFromJson, paiseToJson } from '../../platform/money';
import type { Wake } from '../../platform/wake';
import { authenticate, callerOf } from '../middleware/authenticate';
import { bodyOf, idOf, pathId } from '../middleware/input';
import {
  ekycBody,
  ekycVerificationBody,
  enrolmentBody,
  phoneOtpBody,
  phoneVerificationBody,
  recipientBody,
  senderBody,
  transferBody,
  transferOtpsBody,
} from '../schemas/dmt';
import { idempotencyKey } from '../schemas/headers';
import { refuseQuery } from '../schemas/query';
import { sendAccepted } from './accepted';
import { sendList } from './pages';

export interface DmtRouteDependencies {
  authenticator: Authenticator;
  moneyTransfer: MoneyTransfer;
  wake: Wake;
}

/**
 * Domestic money transfer: senders, recipients, and one-time passwords ask the provider while the customer
 * waits; transfers are stored, queued, 202.
 */
export function dmtRoutes(deps: DmtRouteDependencies): Router {
  const router = new Router();
  senderRoutes(router, deps);
  transferRoutes(router, deps);
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
    refuseQuery(ctx);
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
  router.post('/v1/dmt/senders/:id/phone-otp', auth, async (ctx) => {
    await bodyOf(ctx, phoneOtpBody);
    ctx.body = await senders.sendPhoneOtp(callerOf(ctx).userId, sender(ctx));
  });
  router.post('/v1/dmt/senders/:id/phone-otp/verification', auth, async (ctx) => {
    const { otp } = await bodyOf(ctx, phoneVerificationBody);
    ctx.body = await senders.verifyPhone(callerOf(ctx).userId, sender(ctx), otp);
  });
  router.get('/v1/dmt/senders/:id/recipients', auth, async (ctx) => {
    refuseQuery(ctx);
    const data = await recipients.list(callerOf(ctx).userId, sender(ctx));
    sendList(ctx, data);
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
    const recipientId = idOf('dmtRecipient', recipient, DMT_ERRORS.DMT_RECIPIENT_NOT_FOUND);
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
      senderId: idOf('dmtSender', sender, DMT_ERRORS.DMT_SENDER_NOT_FOUND),
      recipientId: idOf('dmtRecipient', recipient, DMT_ERRORS.DMT_RECIPIENT_NOT_FOUND),
      reference,
      currency,
      parts: parts.map(({ amount, otp_reference: otpReference, otp }) => ({
        amountPaise: paiseFromJson(amount),
        otpId: idOf('dmtOtp', otpReference, DMT_ERRORS.DMT_OTP_REFERENCE_INVALID),
        otp,
      })),
    });
    await sendAccepted(ctx, accepted, wake, transferPath(accepted.id));
  });
  router.get('/v1/dmt/transfers/:id', authenticate(authenticator, 'transactions:read'), async (ctx) => {
    refuseQuery(ctx);
    ctx.body = await transfers.get(
      callerOf(ctx).userId,
      pathId(ctx, 'dmtTransfer', DMT_ERRORS.DMT_TRANSFER_NOT_FOUND),
    );
  });
}
