import type { RefundCalls } from '../../domain/refunds/port';
import { refuseUnless } from '../requests';
import { askIfSendable, type EkoContext } from './context';
import { bodyOf, numberOf, OPAQUE, OTP, TID } from './requests';
import { answerTo, outcomeOfRefund } from './transformers';

/** Refunds by the customer's one-time password. Eko knows the transaction by its `tid`, whatever the service was. */
export function createRefundCalls({ client, initiatorId, onUnlisted }: EkoContext): RefundCalls {
  return {
    sendRefundOtp: (providerReference, options) =>
      askIfSendable(async () => {
        refuseUnless(TID.test(providerReference), 'the reference of the transfer');
        const body = bodyOf([['initiator_id', initiatorId]]);
        return answerTo.otp(
          await client.call(
            {
              operation: 'refund_otp',
              method: 'POST',
              route: '/customer/payment/refund/{tid}/otp',
              ids: { tid: providerReference },
              body,
            },
            options,
          ),
          onUnlisted,
        );
      }),
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
