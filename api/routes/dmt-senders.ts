import { BANK_ERRORS } from '../../domain/banks/errors';
import { CAPTURE_ERRORS } from '../../domain/captures/errors';
import { DMT_ERRORS } from '../../domain/dmt/errors';
import type { MoneyTransfer } from '../../domain/dmt/money-transfer';
import { OTP_ERRORS } from '../../domain/otp/errors';
import { DESK_ERRORS } from '../../domain/provider/errors';
import { publicId } from '../../platform/ids';
import { paiseFromJson, paiseToJson } from '../../platform/money';
import { recipient, recipientList, sender, transferOtps } from '../answers/dmt';
import { found } from '../registry/answers';
import { idOf, idParameter } from '../registry/parameters';
import { listOf, ok } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import { AADHAAR_EXAMPLE, PID_EXAMPLE } from '../schemas/fields';
import {
  ekycBody,
  ekycVerificationBody,
  enrolmentBody,
  phoneOtpBody,
  phoneVerificationBody,
  recipientBody,
  senderBody,
  transferOtpsBody,
} from '../schemas/dmt';

export interface DmtSenderRouteDependencies {
  moneyTransfer: Pick<MoneyTransfer, 'senders' | 'recipients' | 'transferOtps'>;
}
const route = routesOf<DmtSenderRouteDependencies>();

const COMMON = {
  tag: 'Money transfer',
  access: key('dmt:write'),
  limits: 'desk',
  idempotency: 'none',
  problems: [
    ...Object.values(DMT_ERRORS),
    ...Object.values(OTP_ERRORS),
    ...Object.values(BANK_ERRORS),
    ...Object.values(CAPTURE_ERRORS),
    ...Object.values(DESK_ERRORS),
    'POLICY_NOT_FOUND',
    'PRICE_NOT_FOUND',
    'PROVIDER_UNAVAILABLE',
    'RATE_LIMITED',
  ],
} as const;
const OF_SENDER = {
  ...COMMON,
  params: { id: idParameter('dmtSender', DMT_ERRORS.DMT_SENDER_NOT_FOUND) },
} as const;
const SENDER = found('The sender as they are now', sender);
const OTP_EXAMPLE = [{ summary: 'What the customer reads out', body: { otp: '123456' } }];

/** Senders and how they become known: the provider is asked while the customer waits. */
const senderRoutes = [
  route({
    ...COMMON,
    method: 'POST',
    path: '/v1/dmt/senders',
    summary: 'Look a sender up by their number',
    body: json(senderBody),
    answers: SENDER,
    examples: [{ summary: 'A number', body: { mobile: '9876543210' } }],
    handle: async ({ caller, body }, { moneyTransfer: { senders } }) =>
      ok(await senders.look(caller.userId, body.mobile)),
  }),
  route({
    ...OF_SENDER,
    method: 'GET',
    path: '/v1/dmt/senders/{id}',
    summary: 'A sender',
    limits: 'read',
    answers: SENDER,
    handle: async ({ caller, params }, { moneyTransfer: { senders } }) =>
      ok(await senders.get(caller.userId, params.id)),
  }),
  route({
    ...OF_SENDER,
    method: 'POST',
    path: '/v1/dmt/senders/{id}/enrolment',
    summary: 'Enrol a sender whom the provider does not know',
    body: json(enrolmentBody),
    answers: SENDER,
    examples: [
      {
        summary: 'A person',
        body: {
          name: 'Asha Kulkarni',
          born_on: '1990-02-28',
          address: {
            line: '12, Test Street',
            city: 'Pune',
            state: 'Maharashtra',
            pincode: '411001',
            district: 'Pune',
          },
        },
      },
    ],
    handle: async ({ caller, params, body }, { moneyTransfer: { senders } }) => {
      const { name, born_on: bornOn, address } = body;
      return ok(await senders.enrol(caller.userId, params.id, { name, bornOn, address }));
    },
  }),
  route({
    ...OF_SENDER,
    method: 'POST',
    path: '/v1/dmt/senders/{id}/ekyc',
    summary: 'Begin the eKYC of a sender',
    body: json(ekycBody),
    answers: SENDER,
    examples: [{ summary: 'With a finger', body: { aadhaar: AADHAAR_EXAMPLE, pid: PID_EXAMPLE } }],
    handle: async ({ caller, params, body }, { moneyTransfer: { senders } }) =>
      ok(await senders.startEkyc(caller.userId, params.id, body.aadhaar, body.pid)),
  }),
  route({
    ...OF_SENDER,
    method: 'POST',
    path: '/v1/dmt/senders/{id}/ekyc/verification',
    summary: 'End the eKYC with the one-time password',
    body: json(ekycVerificationBody),
    answers: SENDER,
    examples: OTP_EXAMPLE,
    handle: async ({ caller, params, body }, { moneyTransfer: { senders } }) =>
      ok(await senders.finishEkyc(caller.userId, params.id, body.otp)),
  }),
  route({
    ...OF_SENDER,
    method: 'POST',
    path: '/v1/dmt/senders/{id}/phone-otp',
    summary: 'Send a one-time password to the phone of the sender',
    body: json(phoneOtpBody),
    answers: SENDER,
    examples: [{ summary: 'The body is empty', body: {} }],
    handle: async ({ caller, params }, { moneyTransfer: { senders } }) =>
      ok(await senders.sendPhoneOtp(caller.userId, params.id)),
  }),
  route({
    ...OF_SENDER,
    method: 'POST',
    path: '/v1/dmt/senders/{id}/phone-otp/verification',
    summary: 'Show by the one-time password that you serve the sender',
    body: json(phoneVerificationBody),
    answers: SENDER,
    examples: OTP_EXAMPLE,
    handle: async ({ caller, params, body }, { moneyTransfer: { senders } }) =>
      ok(await senders.verifyPhone(caller.userId, params.id, body.otp)),
  }),
];

const recipientRoutes = [
  route({
    ...OF_SENDER,
    method: 'GET',
    path: '/v1/dmt/senders/{id}/recipients',
    summary: 'The recipients of a sender',
    limits: 'read',
    answers: found('All of them', recipientList),
    handle: async ({ caller, params, request }, { moneyTransfer: { recipients } }) =>
      listOf(request, await recipients.list(caller.userId, params.id)),
  }),
  route({
    ...OF_SENDER,
    method: 'POST',
    path: '/v1/dmt/senders/{id}/recipients',
    summary: 'Add a recipient',
    body: json(recipientBody),
    answers: found('The recipient', recipient),
    examples: [
      {
        summary: 'An account',
        body: {
          name: 'Ravi Kulkarni',
          mobile: '9123456780',
          ifsc: 'SBIN0000001',
          account_number: '000111220000',
        },
      },
    ],
    handle: async ({ caller, params, body }, { moneyTransfer: { recipients } }) => {
      const { name, mobile, ifsc, account_number: accountNumber } = body;
      const recipient = { name, mobile, ifsc: ifsc.toUpperCase(), accountNumber };
      return ok(await recipients.add(caller.userId, params.id, recipient));
    },
  }),
  route({
    ...OF_SENDER,
    method: 'POST',
    path: '/v1/dmt/senders/{id}/transfer-otps',
    summary: 'Send the one-time passwords of a transfer, and learn what it costs',
    body: json(transferOtpsBody),
    answers: found('A one-time password for each part that the amount is sent in', transferOtps),
    examples: [
      {
        summary: 'A thousand rupees',
        body: { recipient: 'rcp_01k3h8j2v4e6g8j0m2p4r6t8vx', amount: 100_000 },
      },
    ],
    handle: async ({ caller, params, body: { recipient, amount } }, { moneyTransfer }) => {
      const recipientId = idOf('dmtRecipient', recipient, DMT_ERRORS.DMT_RECIPIENT_NOT_FOUND);
      const asked = { recipientId, amountPaise: paiseFromJson(amount) };
      const sent = await moneyTransfer.transferOtps.request(caller.userId, params.id, asked);
      return ok({
        object: 'dmt_transfer_otps',
        parts: sent.parts.map(({ otpId, quote }) => ({
          amount: paiseToJson(quote.amountPaise),
          charge: paiseToJson(quote.chargePaise),
          otp_reference: publicId('dmtOtp', otpId),
        })),
        charge: paiseToJson(sent.chargePaise),
        total: paiseToJson(sent.totalPaise),
        expires_at: sent.expiresAt.toISOString(),
      });
    },
  }),
];

export const dmtSenderRoutes = [...senderRoutes, ...recipientRoutes];
