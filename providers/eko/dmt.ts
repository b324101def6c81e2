import type { DmtCalls, NewRecipient, NewSender } from '../../domain/dmt/port';
import { sealAadhaar } from './auth';
import { askEko, refuseUnlessBiometrics, type EkoContext } from './context';
import { amountOf, bodyOf, MOBILE, numberOf, OTP, transferRequest } from './requests';
import { queuedCalls } from './queued';
import { plainName } from '../names';
import { refuseUnless } from '../requests';
import { answerTo, RECIPIENT_EXISTS, SENDER_EXISTS } from './transformers';

const SENDER = '/customer/payment/dmt-fino/sender/{customer_id}';

/**
 * Money transfers over Fino. The transfer is sent once; a `client_ref_id` is never used again, so what is
 * unknown is asked about.
 */
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
    ...ekycCalls(context),
    ...phoneCalls(context),
    ...recipientCalls(context),
    ...otpCalls(context),
  };
}

function senderCalls(context: EkoContext): Pick<DmtCalls, 'sender' | 'enrolSender'> {
  const { initiatorId, userCode } = context;
  const look: DmtCalls['sender'] = (mobile, options) =>
    askEko(
      context,
      answerTo.sender,
      () => ({
        operation: 'dmt_sender',
        method: 'GET',
        route: SENDER,
        ids: senderIds(mobile),
        query: { initiator_id: initiatorId, user_code: userCode },
      }),
      options,
    );
  return {
    sender: look,
    async enrolSender(sender, options) {
      const enrolled = await askEko(
        context,
        answerTo.enrolment,
        () => ({
          operation: 'dmt_enrolment',
          method: 'POST',
          route: SENDER,
          ids: senderIds(sender.mobile),
          body: enrolmentBody(sender, initiatorId),
        }),
        options,
      );
      if (enrolled.ok || enrolled.kind !== 'refused' || !SENDER_EXISTS.has(enrolled.rawStatus))
        return enrolled;
      return look(sender.mobile, options);
    },
  };
}

function ekycCalls(context: EkoContext): Pick<DmtCalls, 'startEkyc' | 'finishEkyc'> {
  const { initiatorId, aadhaarKey } = context;
  return {
    startEkyc: (mobile, aadhaar, pid, options) =>
      askEko(
        context,
        answerTo.ekycStart,
        () => {
          refuseUnlessBiometrics({ aadhaar, pid });
          const body = bodyOf([
            ['initiator_id', initiatorId],
            ['aadhar', sealAadhaar(aadhaarKey, aadhaar)],
            ['piddata', pid],
          ]);
          return {
            operation: 'dmt_ekyc',
            method: 'PUT',
            route: `${SENDER}/otp`,
            ids: senderIds(mobile),
            body,
          };
        },
        options,
      ),
    finishEkyc: (mobile, otp, { otpRef, kycRequestId }, options) =>
      askEko(
        context,
        answerTo.ekycFinish,
        () => {
          refuseUnless(OTP.test(otp), 'the one-time password');
          const body = bodyOf([
            ['initiator_id', initiatorId],
            ['otp', otp],
            ['otp_ref_id', otpRef],
            ['kyc_request_id', kycRequestId],
          ]);
          return {
            operation: 'dmt_ekyc_otp',
            method: 'PUT',
            route: `${SENDER}/otp/verify`,
            ids: senderIds(mobile),
            body,
          };
        },
        options,
      ),
  };
}

/** The contract gives `csp_id` no meaning; in its samples it is the number of the party that asks. */
function phoneCalls(context: EkoContext): Pick<DmtCalls, 'sendPhoneOtp' | 'verifyPhoneOtp'> {
  const { initiatorId } = context;
  const phone = (mobile: string): readonly [string, string] => {
    refuseUnless(MOBILE.test(mobile), 'the mobile number of the sender');
    return ['mobile', mobile];
  };
  return {
    sendPhoneOtp: (mobile, options) =>
      askEko(
        context,
        answerTo.phoneOtp,
        () => {
          const body = bodyOf([['initiator_id', initiatorId], ['csp_id', initiatorId], phone(mobile)]);
          return { operation: 'dmt_phone_otp', method: 'POST', route: '/tools/kyc/mobile/otp', body };
        },
        options,
      ),
    verifyPhoneOtp: (mobile, otp, options) =>
      askEko(
        context,
        answerTo.phoneOtpCheck,
        () => {
          refuseUnless(OTP.test(otp), 'the one-time password');
          const body = bodyOf([['initiator_id', initiatorId], ['otp', otp], phone(mobile)]);
          const route = '/tools/kyc/mobile/otp/verify';
          return { operation: 'dmt_phone_otp_check', method: 'PUT', route, body };
        },
        options,
      ),
  };
}

function senderIds(mobile: string): { customer_id: string } {
  refuseUnless(MOBILE.test(mobile), 'the mobile number of the sender');
  return { customer_id: mobile };
}

/** A name of which nothing is left is refused before anything is sent: we invent no names. */
function nameOf(name: string, what: string): string {
  const plain = plainName(name);
  refuseUnless(plain !== '', what);
  return plain;
}

/** `residence_address` is an object written as a text. */
function enrolmentBody({ name, bornOn, address }: NewSender, initiatorId: string): string {
  const { line, city, state, pincode, district } = address;
  return bodyOf([
    ['initiator_id', initiatorId],
    ['name', nameOf(name, 'the name of the sender')],
    ['dob', bornOn],
    ['residence_address', JSON.stringify({ line, city, state, pincode, district })],
  ]);
}

function recipientCalls(context: EkoContext): Pick<DmtCalls, 'recipients' | 'addRecipient'> {
  const { initiatorId } = context;
  const recipients: DmtCalls['recipients'] = (mobile, options) =>
    askEko(
      context,
      answerTo.recipients,
      () => ({
        operation: 'dmt_recipients',
        method: 'GET',
        route: `${SENDER}/recipients`,
        ids: senderIds(mobile),
        query: { initiator_id: initiatorId },
      }),
      options,
    );
  return {
    recipients,
    async addRecipient(mobile, recipient, options) {
      const added = await askEko(
        context,
        answerTo.newRecipient,
        () => ({
          operation: 'dmt_new_recipient',
          method: 'POST',
          route: `${SENDER}/recipient`,
          ids: senderIds(mobile),
          body: recipientBody(recipient, initiatorId),
        }),
        options,
      );
      if (added.ok || added.kind !== 'refused' || added.rawStatus !== RECIPIENT_EXISTS) return added;
      // "Already registered" comes without the id: it is looked up by account and IFSC.
      const list = await recipients(mobile, options);
      if (!list.ok) return list;
      const found = list.value.find(
        ({ accountNumber, ifsc }) => accountNumber === recipient.accountNumber && ifsc === recipient.ifsc,
      );
      return found === undefined ? added : { ok: true, value: { ref: found.ref } };
    },
  };
}

function recipientBody({ mobile, name, ifsc, accountNumber }: NewRecipient, initiatorId: string): string {
  return bodyOf([
    ['initiator_id', initiatorId],
    ['recipient_mobile', mobile],
    ['recipient_name', nameOf(name, 'the name of the recipient')],
    ['ifsc', ifsc],
    ['account', accountNumber],
  ]);
}

function otpCalls(context: EkoContext): Pick<DmtCalls, 'sendTransferOtp'> {
  const { initiatorId } = context;
  return {
    sendTransferOtp: (mobile, recipientRef, amountPaise, options) =>
      askEko(
        context,
        answerTo.otp,
        () => {
          refuseUnless(MOBILE.test(mobile), 'the mobile number of the sender');
          refuseUnless(/^[1-9]\d{0,17}$/.test(recipientRef), 'the recipient');
          refuseUnless(amountPaise > 0n, 'the amount');
          const body = bodyOf([
            ['initiator_id', initiatorId],
            ['recipient_id', numberOf(recipientRef)],
            ['amount', amountOf(amountPaise)],
            ['customer_id', mobile],
          ]);
          return { operation: 'dmt_otp', method: 'POST', route: '/customer/payment/dmt-fino/otp', body };
        },
        options,
      ),
  };
}
