import { userId, type UserId } from '../../domain/ids/ids';
import { OTP_ERRORS } from '../../domain/otp/errors';
import type { BegunConfirmation, Confirmations, Risk } from '../../domain/step-up/confirmations';
import { STEP_UP_ERRORS } from '../../domain/step-up/errors';
import type { Pins } from '../../domain/step-up/pins';
import { TRANSFER_ERRORS } from '../../domain/transfers/errors';
import { publicId } from '../../platform/ids';
import { paiseFromJson, type Paise } from '../../platform/money';
import { confirmation, confirmed, pinState, type ConfirmationView } from '../answers/confirmations';
import { found } from '../registry/answers';
import { idOf, idParameter } from '../registry/parameters';
import { ok, reply } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import { codeBody, confirmationBody, pinBody, type ConfirmationBody } from '../schemas/confirmations';
import type { PayoutBody } from '../schemas/payouts';

export interface ConfirmationRouteDependencies {
  confirmations: Confirmations;
  pins: Pins;
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
      ' for small amounts; for others a code is sent that is good for this amount and this payee alone. A payout has' +
      ' a beneficiary, a transfer between wallets a to_user',
    limits: 'desk',
    body: json(confirmationBody),
    answers: { 201: { description: 'It is confirmed, or a code was sent', schema: confirmation } },
    problems: [
      PIN_NOT_SET,
      PIN_DEAD,
      PIN_WRONG,
      STEP_UP_ERRORS.CONFIRMATION_NO_CONTACT,
      TRANSFER_ERRORS.WALLET_TRANSFER_USER_UNKNOWN,
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
    ],
    handle: async ({ caller, body: { pin, ...order } }, { confirmations }) =>
      reply(201, confirmationView(await confirmations.begin(caller, riskOf(order), pin))),
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

function riskOf({ amount, beneficiary, to_user: to }: Omit<ConfirmationBody, 'pin'>): Risk {
  return beneficiary === undefined
    ? transferRisk({ amountPaise: paiseFromJson(amount), toUser: networkUser(to!) })
    : payoutRisk({ amount, beneficiary });
}

export const networkUser = (id: string): UserId =>
  userId(idOf('user', id, TRANSFER_ERRORS.WALLET_TRANSFER_USER_UNKNOWN));

/** What a transfer between wallets risks: its amount, and the user who gets it. */
export function transferRisk({ amountPaise, toUser }: { amountPaise: Paise; toUser: UserId }): Risk {
  return {
    action: 'transfer',
    amountPaise,
    payee: `user ${toUser}`,
    payeeShown: `user ending ${publicId('user', toUser).slice(-6)}`,
  };
}

/** What a payout risks: its amount, and the account or address that is paid, whatever its holder is called. */
export function payoutRisk({ amount, beneficiary }: Pick<PayoutBody, 'amount' | 'beneficiary'>): Risk {
  const { account_number: account, ifsc, vpa } = beneficiary;
  const shared = { action: 'payout', amountPaise: paiseFromJson(amount) } as const;
  if (vpa !== undefined) {
    const [name = '', handle = ''] = vpa.toLowerCase().split('@');
    return { ...shared, payee: `vpa ${vpa.toLowerCase()}`, payeeShown: `${name.slice(0, 2)}***@${handle}` };
  }
  return {
    ...shared,
    payee: `account ${account!} ${ifsc!.toUpperCase()}`,
    payeeShown: `account ending ${account!.slice(-4)}`,
  };
}
