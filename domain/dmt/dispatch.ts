import type { OffersTransfers } from './port';
import { DMT_ERRORS } from './errors';
import { rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import type { InstructionBase } from '../provider/calls';
import type { Instruct, Instructed, ServiceDispatch } from '../dispatch/service-dispatch';
import type { DmtInstruction } from './port';
import { SENDER_MOBILE, TRANSFER_OTP } from './sealed';

/**
 * Sends a transfer once. There is no repeat: the provider has no key that makes one safe, and the one-time
 * password is erased when the transaction leaves held. A transaction that returns as certainly not sent
 * therefore ends with DMT_OTP_EXPIRED, and its money is given back. One that was stopped before it was sent, and let go,
 * has the new password of its sender (new-otps.ts).
 */
export function createDmtDispatch(deps: { cipher: FieldCipher }): ServiceDispatch<OffersTransfers> {
  return {
    isSentOnce: true,
    expiredReason: DMT_ERRORS.DMT_OTP_EXPIRED.code,
    inquiries: (connector) => connector.dmt,
    sending: {
      calls: (connector) => connector.dmt,
      async read(knex, ids) {
        const found = await rows<Held>(
          knex,
          `
          select d.transaction_id as id, d.otp_sealed as "otpSealed", o.provider_ref as "otpRef",
            r.provider_ref as "recipientRef", left(r.ifsc, 4) as bank, s.id as "senderId", s.mobile_sealed as "mobileSealed"
          from dmt_transfers d
            join dmt_otp_requests o on o.id = coalesce(d.new_otp_request_id, d.otp_request_id)
          join dmt_recipients r on r.id = d.recipient_id join dmt_senders s on s.id = d.sender_id
          where d.transaction_id = any(?::uuid[])`,
          [ids],
        );
        return new Map(
          found.map(
            (held) =>
              [
                held.id,
                Object.assign((base: InstructionBase) => Promise.resolve(instruct(deps.cipher, held, base)), {
                  asked: { class: null, subject: held.bank },
                }),
              ] satisfies [string, Instruct],
          ),
        );
      },
    },
  };
}

interface Held {
  id: string;
  otpSealed: string | null;
  otpRef: string;
  recipientRef: string;
  /** The first four letters of its IFSCs. */
  bank: string;
  senderId: string;
  mobileSealed: string;
}

function instruct(cipher: FieldCipher, held: Held, base: InstructionBase): Instructed {
  if (held.otpSealed === null)
    return {
      ok: false,
      outcome: {
        kind: 'failed',
        sent: false,
        rawStatus: '<no one-time password>',
        rawReason: DMT_ERRORS.DMT_OTP_EXPIRED.code,
      },
    };
  const instruction: DmtInstruction = {
    ...base,
    senderMobile: cipher.open(held.mobileSealed, SENDER_MOBILE.place(held.senderId)),
    recipientRef: held.recipientRef,
    otp: cipher.open(held.otpSealed, TRANSFER_OTP.place(held.id)),
    otpRef: held.otpRef,
  };
  return { ok: true, instruction, refs: { recipient: held.recipientRef } };
}
