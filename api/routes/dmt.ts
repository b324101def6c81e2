import { BANK_ERRORS } from '../../domain/banks/errors';
import { DMT_ERRORS } from '../../domain/dmt/errors';
import type { MoneyTransfer } from '../../domain/dmt/money-transfer';
import { transferPath } from '../../domain/dmt/transfers';
import { OTP_ERRORS } from '../../domain/otp/errors';
import { SIGN_IN_ERRORS } from '../../domain/sign-in/errors';
import type { PayoutRests } from '../../domain/sign-in/rest';
import { paiseFromJson } from '../../platform/money';
import type { Wake } from '../../platform/wake';
import { transfer } from '../answers/dmt';
import { acceptedAs, ACCEPTING_ERRORS, found } from '../registry/answers';
import { idOf, idParameter } from '../registry/parameters';
import { ok, sendAccepted } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import { transferBody } from '../schemas/dmt';

export interface DmtRouteDependencies {
  moneyTransfer: Pick<MoneyTransfer, 'acceptTransfers' | 'transfers'>;
  payoutRests: PayoutRests;
  wake: Wake;
}
const route = routesOf<DmtRouteDependencies>();

/** Domestic money transfer: stored, queued, 202. What comes before it is in dmt-senders.ts. */
export const dmtRoutes = [
  route({
    method: 'POST',
    path: '/v1/dmt/transfers',
    summary: 'Transfer money for a sender, in one part or several',
    tag: 'Money transfer',
    access: key('dmt:write'),
    limits: 'money',
    idempotency: 'key',
    body: json(transferBody),
    answers: acceptedAs(transfer),
    problems: [
      ...ACCEPTING_ERRORS,
      ...Object.values(DMT_ERRORS),
      ...Object.values(OTP_ERRORS),
      ...Object.values(BANK_ERRORS),
      SIGN_IN_ERRORS.PAYOUTS_REST,
    ],
    examples: [
      {
        summary: 'In one part',
        body: {
          sender: 'snd_01k3h8j2v4e6g8j0m2p4r6t8vx',
          recipient: 'rcp_01k3h8j2v4e6g8j0m2p4r6t8vx',
          reference: 'transfer-1001',
          currency: 'INR',
          parts: [{ amount: 100_000, otp_reference: 'otp_01k3h8j2v4e6g8j0m2p4r6t8vx', otp: '123456' }],
        },
      },
    ],
    handle: async ({ caller, key, body }, { moneyTransfer, payoutRests, wake }) => {
      payoutRests.require(caller, 'dmt');
      const { sender, recipient, reference, currency, parts } = body;
      const accepted = await moneyTransfer.acceptTransfers.accept(caller, key, {
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
      return sendAccepted(accepted, wake, transferPath(accepted.id));
    },
  }),
  route({
    method: 'GET',
    path: '/v1/dmt/transfers/{id}',
    summary: 'A transfer with its parts',
    tag: 'Money transfer',
    access: key('transactions:read'),
    limits: 'read',
    idempotency: 'none',
    params: { id: idParameter('dmtTransfer', DMT_ERRORS.DMT_TRANSFER_NOT_FOUND) },
    answers: found('The transfer', transfer),
    problems: [DMT_ERRORS.DMT_TRANSFER_NOT_FOUND],
    handle: async ({ caller, params }, { moneyTransfer }) =>
      ok(await moneyTransfer.transfers.get(caller.userId, params.id)),
  }),
];
