import { BANK_ERRORS } from '../../domain/banks/errors';
import { DMT_ERRORS } from '../../domain/dmt/errors';
import type { MoneyTransfer } from '../../domain/dmt/money-transfer';
import type { TransferRequest } from '../../domain/dmt/transfer';
import { transferPath } from '../../domain/dmt/transfers';
import { OTP_ERRORS } from '../../domain/otp/errors';
import { SIGN_IN_ERRORS } from '../../domain/sign-in/errors';
import type { PayoutRests } from '../../domain/sign-in/rest';
import type { Confirmations } from '../../domain/step-up/confirmations';
import { paiseFromJson } from '../../platform/money';
import type { Wake } from '../../platform/wake';
import { transfer } from '../answers/dmt';
import { acceptedAs, ACCEPTING_ERRORS, CONFIRMING_ERRORS, found } from '../registry/answers';
import { idOf, idParameter } from '../registry/parameters';
import { ok, sendAccepted } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import { transferBody, type TransferBody } from '../schemas/dmt';
import { confirmation } from '../schemas/headers';
import { moneyTransferRisk } from './order-risks';

export interface DmtRouteDependencies {
  moneyTransfer: Pick<MoneyTransfer, 'acceptTransfers' | 'transfers'>;
  confirmations: Pick<Confirmations, 'require'>;
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
    headers: { confirmation },
    body: json(transferBody),
    answers: acceptedAs(transfer),
    problems: [
      ...ACCEPTING_ERRORS,
      ...Object.values(DMT_ERRORS),
      ...Object.values(OTP_ERRORS),
      ...Object.values(BANK_ERRORS),
      SIGN_IN_ERRORS.PAYOUTS_REST,
      ...CONFIRMING_ERRORS,
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
    handle: async ({ caller, key, body, headers }, deps) => {
      const { moneyTransfer, confirmations, payoutRests, wake } = deps;
      payoutRests.require(caller, 'dmt');
      const request = toRequest(body);
      const amountPaise = request.parts.reduce((sum, part) => sum + part.amountPaise, 0n);
      if (caller.by === 'session')
        await confirmations.require(caller, moneyTransferRisk(amountPaise, request.recipientId), {
          id: headers.confirmation,
          key,
        });
      const accepted = await moneyTransfer.acceptTransfers.accept(caller, key, request);
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

function toRequest({ sender, recipient, reference, currency, parts, force }: TransferBody): TransferRequest {
  return {
    senderId: idOf('dmtSender', sender, DMT_ERRORS.DMT_SENDER_NOT_FOUND),
    recipientId: idOf('dmtRecipient', recipient, DMT_ERRORS.DMT_RECIPIENT_NOT_FOUND),
    reference,
    currency,
    force,
    parts: parts.map(({ amount, otp_reference: otpReference, otp }) => ({
      amountPaise: paiseFromJson(amount),
      otpId: idOf('dmtOtp', otpReference, DMT_ERRORS.DMT_OTP_REFERENCE_INVALID),
      otp,
    })),
  };
}
