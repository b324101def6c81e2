import { BANK_ERRORS } from '../../domain/banks/errors';
import { DMT_ERRORS } from '../../domain/dmt/errors';
import type { MoneyTransfer } from '../../domain/dmt/money-transfer';
import { OTP_ERRORS } from '../../domain/otp/errors';
import { DESK_ERRORS } from '../../domain/provider/errors';
import type { TransactionReader } from '../../domain/transactions/read';
import { queuedWork } from '../../jobs/due';
import { publicId } from '../../platform/ids';
import type { Wake } from '../../platform/wake';
import { newOtp } from '../answers/dmt';
import { transaction } from '../answers/transactions';
import { found } from '../registry/answers';
import { idOf, idParameter } from '../registry/parameters';
import { ok, reply } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import { newOtpBody, newOtpVerificationBody } from '../schemas/dmt';

export interface DmtPartRouteDependencies {
  moneyTransfer: Pick<MoneyTransfer, 'newOtps'>;
  transactions: Pick<TransactionReader, 'get'>;
  wake: Wake;
}
const route = routesOf<DmtPartRouteDependencies>();

const COMMON = {
  method: 'POST',
  tag: 'Money transfer',
  access: key('dmt:write'),
  limits: 'desk',
  idempotency: 'none',
  params: { id: idParameter('transaction', 'TRANSACTION_NOT_FOUND') },
  problems: [
    'TRANSACTION_NOT_FOUND',
    'PROVIDER_UNAVAILABLE',
    'RATE_LIMITED',
    ...Object.values(DMT_ERRORS),
    ...Object.values(OTP_ERRORS),
    ...Object.values(BANK_ERRORS),
    ...Object.values(DESK_ERRORS),
  ],
} as const;

/** Parts that were stopped before they were sent, and let go: their sender gives a new one-time password. */
export const dmtPartRoutes = [
  route({
    ...COMMON,
    path: '/v1/dmt/parts/{id}/otp',
    summary: 'Send a new password of a part that waits for one',
    description: 'Its `details.new_otp_until` says until when. After that the money goes back.',
    body: json(newOtpBody),
    answers: found('It was sent', newOtp),
    examples: [{ summary: 'The body is empty', body: {} }],
    handle: async ({ caller, params: { id } }, { moneyTransfer: { newOtps } }) => {
      const { otpId, expiresAt } = await newOtps.send(caller.userId, id);
      return ok({
        object: 'dmt_new_otp',
        transaction: publicId('transaction', id),
        otp_reference: publicId('dmtOtp', otpId),
        expires_at: expiresAt.toISOString(),
      });
    },
  }),
  route({
    ...COMMON,
    path: '/v1/dmt/parts/{id}/otp/verification',
    summary: 'Have the part sent, with that password',
    body: json(newOtpVerificationBody),
    answers: {
      202: {
        description: 'It is sent; follow the transaction',
        schema: transaction,
        headers: { Location: 'The transaction' },
      },
    },
    examples: [
      {
        summary: 'What the customer reads out',
        body: { otp_reference: 'otp_01k3h8j2v4e6g8j0m2p4r6t8vx', otp: '123456' },
      },
    ],
    handle: async ({ caller, params: { id }, body }, { moneyTransfer, transactions, wake }) => {
      const otpId = idOf('dmtOtp', body.otp_reference, DMT_ERRORS.DMT_OTP_REFERENCE_INVALID);
      const due = await moneyTransfer.newOtps.give(caller.userId, id, { otpId, otp: body.otp });
      await wake(due.map(queuedWork));
      const view = await transactions.get(caller.userId, id);
      return reply(202, view, { Location: view.links.self });
    },
  }),
];
