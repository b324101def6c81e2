import type { RefundCalls } from '../../domain/refunds/port';
import { refuseUnless } from '../requests';
import { askEko, type EkoContext } from './context';
import { bodyOf, numberOf, OPAQUE, OTP, TID } from './requests';
import { answerTo, outcomeOfRefund } from './transformers';

/**
 * Refunds by the customer's one-time password. Eko knows the transaction by its `tid`, whatever the service
 * was.
 */
export function createRefundCalls(context: EkoContext): RefundCalls {
  const { client, initiatorId, onUnlisted } = context;
  return {
    sendRefundOtp: (providerReference, options) =>
      askEko(
        context,
        answerTo.otp,
        () => {
          refuseUnless(TID.test(providerReference), 'the reference of the transfer');
          return {
            operation: 'refund_otp',
            method: 'POST',
            route: '/customer/payment/refund/{tid}/otp',
            ids: { tid: providerReference },
            body: bodyOf([['initiator_id', initiatorId]]),
          };
        },
        options,
      ),
    async refund(target, otp, otpRef, options) {
      if (!TID.test(target.providerReference) || !OTP.test(otp) || !OPAQUE.test(otpRef))
        return { kind: 'unknown', sent: false, rawStatus: '<request not sendable>' };
      const body = bodyOf([
        ['initiator_id', initiatorId],
        ['otp', numberOf(otp)],
        ['otp_ref_id', otpRef],
      ]);
      const reply = await client.call(
        {
          operation: 'refund',
          method: 'POST',
          route: '/customer/payment/refund/{tid}',
          ids: { tid: target.providerReference },
          body,
          ourReference: target.ourReference,
        },
        options,
      );
      return outcomeOfRefund(reply, target.providerReference, onUnlisted);
    },
  };
}
