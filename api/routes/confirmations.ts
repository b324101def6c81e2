import type { Caller } from '../../domain/auth/api-keys';
import type { Bbps } from '../../domain/bbps/bbps';
import { BBPS_ERRORS } from '../../domain/bbps/errors';
import type { PaidBill } from '../../domain/bbps/payee';
import { DMT_ERRORS } from '../../domain/dmt/errors';
import type { MoneyTransfer } from '../../domain/dmt/money-transfer';
import { userId, type UserId } from '../../domain/ids/ids';
import { OTP_ERRORS } from '../../domain/otp/errors';
import type { BegunConfirmation, Confirmations, ShownRisk } from '../../domain/step-up/confirmations';
import { STEP_UP_ERRORS } from '../../domain/step-up/errors';
import { PAYEE_ERRORS } from '../../domain/payees/errors';
import type { Payees } from '../../domain/payees/payees';
import { PAYOUT_FILE_ERRORS } from '../../domain/payout-files/errors';
import type { PayoutFiles } from '../../domain/payout-files/payout-files';
import type { Pins } from '../../domain/step-up/pins';
import { TRANSFER_ERRORS } from '../../domain/transfers/errors';
import { publicId } from '../../platform/ids';
import { paiseFromJson } from '../../platform/money';
import { confirmation, confirmed, pinState, type ConfirmationView } from '../answers/confirmations';
import { found } from '../registry/answers';
import { idOf, idParameter } from '../registry/parameters';
import { ok, reply } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import {
  codeBody,
  confirmationBody,
  pinBody,
  type BillBody,
  type ConfirmationBody,
} from '../schemas/confirmations';
import { fetchIdOf } from './bbps-payments';
import {
  billRisk,
  moneyTransferRisk,
  payoutFileRisk,
  rechargeRisk,
  riskOfPayout,
  transferRisk,
} from './order-risks';

export interface ConfirmationRouteDependencies {
  confirmations: Confirmations;
  pins: Pins;
  moneyTransfer: { recipients: Pick<MoneyTransfer['recipients'], 'hintOf'> };
  bbps: Pick<Bbps, 'billerNames'>;
  payees: Pick<Payees, 'open' | 'isNew'>;
  payoutFiles: Pick<PayoutFiles, 'get'>;
}
const route = routesOf<ConfirmationRouteDependencies>();
const OWN = { tag: 'Confirmations', access: key('account'), idempotency: 'none' } as const;
const { PIN_WRONG, PIN_DEAD, PIN_NOT_SET, PIN_TOO_EASY, PIN_NEEDS_SIGN_IN } = STEP_UP_ERRORS;

export const confirmationRoutes = [
  route({
    ...OWN,
    method: 'GET',
    path: '/v1/pin',
    summary: 'Whether you have a transaction PIN',
    limits: 'read',
    answers: found('Its state', pinState),
    handle: async ({ caller }, { pins }) => ok({ object: 'pin', status: await pins.state(caller.userId) }),
  }),
  route({
    ...OWN,
    method: 'PUT',
    path: '/v1/pin',
    summary: 'Set the transaction PIN',
    description: 'With the present one, or within ten minutes of a sign-in where there is none',
    limits: 'desk',
    body: json(pinBody),
    answers: { 204: { description: 'It is set' } },
    problems: [PIN_WRONG, PIN_DEAD, PIN_TOO_EASY, PIN_NEEDS_SIGN_IN],
    examples: [{ summary: 'The first one', body: { pin: '482915' } }],
    handle: async ({ caller, body, request: { ip } }, { pins }) => {
      await pins.change(caller, body.pin, { present: body.present_pin, ip });
      return reply(204);
    },
  }),
  route({
    ...OWN,
    method: 'POST',
    path: '/v1/confirmations',
    summary: 'Confirm an order before it is sent',
    description:
      'Asked for of whoever is signed in, from an amount on, and not of API keys and programs. The PIN is enough' +
      ' for small amounts; for others a code is sent that is good for this amount and this payee alone. One' +
      ' payee: the beneficiary or beneficiary_id of a payout, the payout_file that is released, the to_user of a' +
      ' transfer between wallets, the recipient of a money transfer (the amount is that' +
      ' of all its parts), the bill, or the mobile number of a recharge',
    limits: 'desk',
    body: json(confirmationBody),
    answers: { 201: { description: 'It is confirmed, or a code was sent', schema: confirmation } },
    problems: [
      PIN_NOT_SET,
      PIN_DEAD,
      PIN_WRONG,
      STEP_UP_ERRORS.CONFIRMATION_NO_CONTACT,
      TRANSFER_ERRORS.WALLET_TRANSFER_USER_UNKNOWN,
      DMT_ERRORS.DMT_RECIPIENT_NOT_FOUND,
      BBPS_ERRORS.BBPS_FETCH_UNKNOWN,
      BBPS_ERRORS.BBPS_BILLER_UNKNOWN,
      PAYEE_ERRORS.BENEFICIARY_NOT_FOUND,
      PAYOUT_FILE_ERRORS.PAYOUT_FILE_NOT_FOUND,
      'PROVIDER_UNAVAILABLE',
    ],
    examples: [
      {
        summary: 'A payout to a bank account',
        body: {
          amount: 150_000,
          currency: 'INR',
          beneficiary: { name: 'Asha Traders', account_number: '000111220000', ifsc: 'HDFC0000053' },
          pin: '482915',
        },
      },
      {
        summary: 'A transfer to a user of your network',
        body: {
          amount: 100_000,
          currency: 'INR',
          to_user: 'usr_01jxvqexvqexvt0xvqexvqexvq',
          pin: '482915',
        },
      },
      {
        summary: 'A money transfer, all its parts together',
        body: {
          amount: 700_000,
          currency: 'INR',
          recipient: 'rcp_01k3h8j2v4e6g8j0m2p4r6t8vx',
          pin: '482915',
        },
      },
      {
        summary: 'A bill that was fetched',
        body: {
          amount: 100_000,
          currency: 'INR',
          bill: { fetch: 'bft_01k3h8j2v4e6g8j0m2p4r6t8vx' },
          pin: '482915',
        },
      },
      {
        summary: 'A recharge',
        body: { amount: 19_900, currency: 'INR', mobile: '9876500000', pin: '482915' },
      },
    ],
    handle: async ({ caller, body: { pin, ...order } }, deps) =>
      reply(
        201,
        confirmationView(await deps.confirmations.begin(caller, () => riskOf(caller, order, deps), pin)),
      ),
  }),
  route({
    ...OWN,
    method: 'POST',
    path: '/v1/confirmations/{id}/code',
    summary: 'Show the code of a confirmation',
    limits: 'desk',
    params: { id: idParameter('confirmation', STEP_UP_ERRORS.CONFIRMATION_NOT_FOUND) },
    body: json(codeBody),
    answers: found('It is confirmed', confirmed),
    problems: [
      STEP_UP_ERRORS.CONFIRMATION_NOT_FOUND,
      STEP_UP_ERRORS.CONFIRMATION_OVER,
      STEP_UP_ERRORS.CONFIRMATION_CODE_WRONG,
      ...Object.values(OTP_ERRORS),
    ],
    examples: [{ summary: 'As it was sent', body: { code: '907316' } }],
    handle: async ({ caller, params, body }, { confirmations }) => {
      await confirmations.confirm(caller, params.id, body.code);
      return ok({ object: 'confirmation', id: publicId('confirmation', params.id), status: 'confirmed' });
    },
  }),
];

export function confirmationView({
  id,
  isConfirmed,
  sentTo,
  expiresAt,
}: BegunConfirmation): ConfirmationView {
  return {
    object: 'confirmation',
    id: publicId('confirmation', id),
    status: isConfirmed ? 'confirmed' : 'code_sent',
    sent_to: sentTo,
    expires_at: expiresAt.toISOString(),
  };
}

/** Looks up what people call the payee, where the order has an id of it. */
async function riskOf(
  { userId }: Caller,
  order: Omit<ConfirmationBody, 'pin'>,
  { moneyTransfer, bbps, payees, payoutFiles }: ConfirmationRouteDependencies,
): Promise<ShownRisk> {
  const { amount, payout_file: file, to_user: toUser, recipient, bill, mobile } = order;
  const amountPaise = paiseFromJson(amount);
  if (order.beneficiary !== undefined || order.beneficiary_id !== undefined)
    return riskOfPayout({ userId }, order, payees);
  if (file !== undefined) return fileRisk(userId, file, payoutFiles);
  if (toUser !== undefined) return transferRisk({ amountPaise, toUser: networkUser(toUser) });
  if (mobile !== undefined) return rechargeRisk(amountPaise, mobile);
  if (recipient !== undefined) {
    const id = idOf('dmtRecipient', recipient, DMT_ERRORS.DMT_RECIPIENT_NOT_FOUND);
    const hint = await moneyTransfer.recipients.hintOf(userId, id);
    return { ...moneyTransferRisk(amountPaise, id), payeeShown: `account ending ${hint.replace('…', '')}` };
  }
  const paid = paidBill(bill!);
  const name = await bbps.billerNames.of(userId, paid);
  return { ...billRisk(amountPaise, paid), payeeShown: `a bill of ${name}` };
}

/** What is ready is what is confirmed, whatever amount was told. */
async function fileRisk(
  userId: UserId,
  shown: string,
  payoutFiles: Pick<PayoutFiles, 'get'>,
): Promise<ShownRisk> {
  const id = idOf('payoutFile', shown, PAYOUT_FILE_ERRORS.PAYOUT_FILE_NOT_FOUND);
  const { ready_lines: lines, ready_amount: amount } = await payoutFiles.get(userId, id);
  return payoutFileRisk(paiseFromJson(amount), id, lines);
}

function paidBill({ fetch, bill_number: billNumber, biller, parameters }: BillBody): PaidBill {
  return fetch === undefined
    ? { billerId: biller!, parameters: parameters! }
    : { fetchId: fetchIdOf(fetch, '#/bill/fetch'), billNumber };
}

export const networkUser = (id: string): UserId =>
  userId(idOf('user', id, TRANSFER_ERRORS.WALLET_TRANSFER_USER_UNKNOWN));
