import type { DeskAnswer, ProviderCallOptions } from '../../domain/provider/calls';
import type { DmtCalls, NewRecipient, NewSender, Recipient } from '../../domain/dmt/port';
import { sealAadhaar } from './auth';
import type { Call } from './client';
import { askIfSendable, refuseUnlessBiometrics, type EkoContext } from './context';
import { amountOf, bodyOf, MOBILE, numberOf, OTP, transferRequest } from './requests';
import { queuedCalls } from './queued';
import { refuseUnless } from '../requests';
import { answerTo, RECIPIENT_EXISTS } from './transformers';

const SENDER = '/customer/payment/dmt-fino/sender/{customer_id}';

/** Money transfers over Fino. The transfer is sent once; a `client_ref_id` is never used again, so what is unknown is asked about. */
export function createDmtCalls(context: EkoContext): DmtCalls {
  const { initiatorId } = context;
  const prepare: DmtCalls['prepare'] = (instruction) => transferRequest(instruction, { initiatorId });
  return {
    ...queuedCalls(
      context,
      { service: 'dmt', operation: 'dmt_transfer', route: '/customer/payment/dmt-fino' },
      prepare,
    ),
    ...senderCalls(context),
    ...recipientCalls(context),
  };
}

function senderCalls({
  client,
  initiatorId,
  userCode,
  aadhaarKey,
  onUnlisted,
}: EkoContext): Pick<DmtCalls, 'sender' | 'enrolSender' | 'startEkyc' | 'finishEkyc'> {
  const about = (mobile: string, call: Omit<Call, 'ids'>): Call => {
    refuseUnless(MOBILE.test(mobile), 'the mobile number of the sender');
    return { ...call, ids: { customer_id: mobile } };
  };
  return {
    sender: (mobile, options) =>
      askIfSendable(async () => {
        const call = about(mobile, {
          operation: 'dmt_sender',
          method: 'GET',
          route: SENDER,
          query: { initiator_id: initiatorId, user_code: userCode },
        });
        return answerTo.sender(await client.call(call, options), onUnlisted);
      }),
    enrolSender: (sender, options) =>
      askIfSendable(async () => {
        const call = about(sender.mobile, {
          operation: 'dmt_enrolment',
          method: 'POST',
          route: SENDER,
          body: enrolmentBody(sender, initiatorId),
        });
        return answerTo.enrolment(await client.call(call, options), onUnlisted);
      }),
    startEkyc: (mobile, aadhaar, pid, options) =>
      askIfSendable(async () => {
        refuseUnlessBiometrics({ aadhaar, pid });
        const body = bodyOf([
          ['initiator_id', initiatorId],
          ['aadhar', sealAadhaar(aadhaarKey, aadhaar)],
          ['piddata', pid],
        ]);
        return answerTo.ekycStart(
          await client.call(
            about(mobile, { operation: 'dmt_ekyc', method: 'PUT', route: `${SENDER}/otp`, body }),
            options,
          ),
          onUnlisted,
        );
      }),
    finishEkyc: (mobile, otp, started, options) =>
      askIfSendable(async () => {
        refuseUnless(OTP.test(otp), 'the one-time password');
        const body = bodyOf([
          ['initiator_id', initiatorId],
          ['otp', otp],
          ['otp_ref_id', started.otpRef],
          ['kyc_request_id', started.kycRequestId],
        ]);
        return answerTo.ekycFinish(
          await client.call(
            about(mobile, { operation: 'dmt_ekyc_otp', method: 'PUT', route: `${SENDER}/otp/verify`, body }),
            options,
          ),
          onUnlisted,
        );
      }),
  };
}

/** `residence_address` is an object written as a text. */
function enrolmentBody({ name, bornOn, address }: NewSender, initiatorId: string): string {
  const { line, city, state, pincode, district } = address;
  return bodyOf([
    ['initiator_id', initiatorId],
    ['name', name],
    ['dob', bornOn],
    ['residence_address', JSON.stringify({ line, city, state, pincode, district })],
  ]);
}

function recipientCalls({
  client,
  initiatorId,
  onUnlisted,
}: EkoContext): Pick<DmtCalls, 'recipients' | 'addRecipient' | 'sendTransferOtp'> {
  const recipients = async (
    mobile: string,
    options?: ProviderCallOptions,
  ): Promise<DeskAnswer<Recipient[]>> => {
    refuseUnless(MOBILE.test(mobile), 'the mobile number of the sender');
    const call: Call = {
      operation: 'dmt_recipients',
      method: 'GET',
      route: `${SENDER}/recipients`,
      ids: { customer_id: mobile },
      query: { initiator_id: initiatorId },
    };
    return answerTo.recipients(await client.call(call, options), onUnlisted);
  };
  /** "Already registered" comes without the id: it is looked up by account and IFSC. */
  const existing = async (
    mobile: string,
    { accountNumber, ifsc }: NewRecipient,
    refusal: DeskAnswer<{ ref: string }>,
    options?: ProviderCallOptions,
  ): Promise<DeskAnswer<{ ref: string }>> => {
    const list = await recipients(mobile, options);
    if (!list.ok) return list;
    const found = list.value.find((r) => r.accountNumber === accountNumber && r.ifsc === ifsc);
    return found === undefined ? refusal : { ok: true, value: { ref: found.ref } };
  };
  return {
    recipients: (mobile, options) => askIfSendable(() => recipients(mobile, options)),
    addRecipient: (mobile, recipient, options) =>
      askIfSendable(async () => {
        refuseUnless(MOBILE.test(mobile), 'the mobile number of the sender');
        const body = bodyOf([
          ['initiator_id', initiatorId],
          ['recipient_mobile', recipient.mobile],
          ['recipient_name', recipient.name],
          ['ifsc', recipient.ifsc],
          ['account', recipient.accountNumber],
        ]);
        const answer = answerTo.newRecipient(
          await client.call(
            {
              operation: 'dmt_new_recipient',
              method: 'POST',
              route: `${SENDER}/recipient`,
              ids: { customer_id: mobile },
              body,
            },
            options,
          ),
          onUnlisted,
        );
        return !answer.ok && answer.kind === 'refused' && answer.rawStatus === RECIPIENT_EXISTS
          ? existing(mobile, recipient, answer, options)
          : answer;
      }),
    sendTransferOtp: (mobile, recipientRef, amountPaise, options) =>
      askIfSendable(async () => {
        refuseUnless(MOBILE.test(mobile), 'the mobile number of the sender');
        refuseUnless(/^[1-9]\d{0,17}$/.test(recipientRef), 'the recipient');
        refuseUnless(amountPaise > 0n, 'the amount');
        const body = bodyOf([
          ['initiator_id', initiatorId],
          ['recipient_id', numberOf(recipientRef)],
          ['amount', amountOf(amountPaise)],
          ['customer_id', mobile],
        ]);
        return answerTo.otp(
          await client.call(
            { operation: 'dmt_otp', method: 'POST', route: '/customer/payment/dmt-fino/otp', body },
            options,
          ),
          onUnlisted,
        );
      }),
  };
}
