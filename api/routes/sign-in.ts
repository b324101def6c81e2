import type { Caller } from '../../domain/auth/api-keys';
import { DomainError } from '../../domain/errors/errors';
import { userId } from '../../domain/ids/ids';
import { OTP_ERRORS } from '../../domain/otp/errors';
import type { AskedCode } from '../../domain/sign-in/codes';
import { SIGN_IN_ERRORS } from '../../domain/sign-in/errors';
import type { SignedIn } from '../../domain/sign-in/passwords';
import type { SignIns } from '../../domain/sign-in/sign-ins';
import type { StartedSession } from '../../domain/tokens/sessions';
import type { Clock } from '../../platform/clock';
import { publicId } from '../../platform/ids';
import { askedCode, signedIn, signInCode } from '../answers/sign-in';
import { found } from '../registry/answers';
import { idOf } from '../registry/parameters';
import { ok, reply } from '../registry/replies';
import { CREDENTIALS, json, key, routesOf } from '../registry/route';
import {
  contactBody,
  contactCodeBody,
  passwordBody,
  passwordCodeBody,
  passwordResetBody,
  signInBody,
  signInCodeBody,
} from '../schemas/sign-in';
import { tokensView } from './sessions';

export interface SignInRouteDependencies {
  signIns: SignIns;
  clock: Clock;
}
const route = routesOf<SignInRouteDependencies>();
const OPEN = {
  method: 'POST',
  tag: 'Sign-in',
  access: CREDENTIALS,
  limits: 'public',
  idempotency: 'none',
} as const;
const OWN = {
  method: 'POST',
  tag: 'Sign-in',
  access: key('account'),
  limits: 'read',
  idempotency: 'none',
} as const;
const NOTHING = { 204: { description: 'Done' } } as const;
const ASKED = {
  202: { description: 'The same whether it is somebody’s or not', schema: askedCode },
} as const;
const OF_CODES = [SIGN_IN_ERRORS.CODE_WRONG, OTP_ERRORS.OTP_TRIES_USED_UP] as const;
const OF_PASSWORDS = [
  SIGN_IN_ERRORS.PASSWORD_WRONG,
  'AUTH_RATE_LIMITED',
  SIGN_IN_ERRORS.SESSION_NEEDED,
] as const;
const EXAMPLE = {
  id: 'sic_01jxvqexvqexvt0xvqexvqexvq',
  code: '012345',
  login: '9876543210',
  password: 'a door in the rain',
  device: { name: 'Chrome on Android' },
};

const codeOf = (text: string): string => idOf('signInCode', text, SIGN_IN_ERRORS.CODE_WRONG);

function signedInView(session: StartedSession, now: Date): object {
  return {
    object: 'signed_in',
    tokens: tokensView(session, now),
    device: publicId('device', session.device.id),
    device_token: session.device.token ?? null,
  };
}

function askedView({ id, expiresAt }: AskedCode): object {
  return { object: 'asked_code', id: publicId('signInCode', id), expires_at: expiresAt.toISOString() };
}

/** Throws DomainError SESSION_NEEDED. */
export function signedInOf({ by, userId: user, keyId }: Caller): SignedIn {
  if (by !== 'session') throw new DomainError(SIGN_IN_ERRORS.SESSION_NEEDED);
  return { userId: userId(user), sessionId: keyId };
}

const openRoutes = [
  route({
    ...OPEN,
    path: '/v1/sign-ins',
    summary: 'Sign in with a password',
    description:
      'On a device that was signed in on before, its token and the password are enough. On a new one a code is' +
      ' sent to the owner: send it to `/v1/sign-ins/code`',
    body: json(signInBody),
    answers: {
      200: { description: 'Signed in, on a device that is known', schema: signedIn },
      202: {
        description: 'The password is right, and the device is new: a code was sent',
        schema: signInCode,
      },
    },
    problems: [SIGN_IN_ERRORS.SIGN_IN_FAILED, 'AUTH_RATE_LIMITED'],
    examples: [
      {
        summary: 'On a new device',
        body: { login: EXAMPLE.login, password: EXAMPLE.password, device: EXAMPLE.device },
      },
    ],
    handle: async ({ body, request }, { signIns, clock }) => {
      const done = await signIns.begin({ ...body, ip: request.ip });
      if (done.kind === 'signed_in') return ok(signedInView(done.session, clock.now()));
      return reply(202, {
        object: 'sign_in_code',
        id: publicId('signInCode', done.id),
        channel: done.channel,
        to: done.hint,
        expires_at: done.expiresAt.toISOString(),
      });
    },
  }),
  route({
    ...OPEN,
    path: '/v1/sign-ins/code',
    summary: 'Sign in on a new device, with the code',
    body: json(signInCodeBody),
    answers: found('Signed in; the device is known from now on', signedIn),
    problems: OF_CODES,
    examples: [
      { summary: 'With the code', body: { id: EXAMPLE.id, code: EXAMPLE.code, device: EXAMPLE.device } },
    ],
    handle: async ({ body: { id, ...body }, request }, { signIns, clock }) =>
      ok(signedInView(await signIns.finish({ ...body, id: codeOf(id), ip: request.ip }), clock.now())),
  }),
  route({
    ...OPEN,
    path: '/v1/password-resets',
    summary: 'Have a code sent for a new password, or for the first one',
    body: json(passwordCodeBody),
    answers: ASKED,
    examples: [{ summary: 'By mobile number', body: { login: EXAMPLE.login } }],
    handle: async ({ body }, { signIns }) =>
      reply(
        202,
        askedView(await signIns.passwords.ask({ login: body.login, deviceToken: body.device_token })),
      ),
  }),
  route({
    ...OPEN,
    path: '/v1/password-resets/password',
    summary: 'Set the password with that code',
    description: 'Ends all sessions. Where there was a password before, payouts rest for a while',
    body: json(passwordResetBody),
    answers: NOTHING,
    problems: [...OF_CODES, SIGN_IN_ERRORS.PASSWORD_REFUSED],
    examples: [
      { summary: 'With the code', body: { id: EXAMPLE.id, code: EXAMPLE.code, password: EXAMPLE.password } },
    ],
    handle: async ({ body: { id, ...body }, request }, { signIns }) => {
      await signIns.passwords.reset({ ...body, id: codeOf(id), ip: request.ip });
      return reply(204);
    },
  }),
];

const ownRoutes = [
  route({
    ...OWN,
    path: '/v1/account/password',
    summary: 'Change your password',
    description: 'Ends your other sessions',
    body: json(passwordBody),
    answers: NOTHING,
    problems: [...OF_PASSWORDS, SIGN_IN_ERRORS.PASSWORD_REFUSED],
    examples: [
      {
        summary: 'With the present one',
        body: { current_password: EXAMPLE.password, password: 'a window in the sun' },
      },
    ],
    handle: async ({ caller, body, request }, { signIns }) => {
      const { current_password: current, password } = body;
      await signIns.passwords.change(signedInOf(caller), { current, password, ip: request.ip });
      return reply(204);
    },
  }),
  route({
    ...OWN,
    path: '/v1/account/contact',
    summary: 'Have a code sent to your new number or address',
    body: json(contactBody),
    answers: ASKED,
    problems: OF_PASSWORDS,
    examples: [{ summary: 'A new number', body: { contact: '9876501234', password: EXAMPLE.password } }],
    handle: async ({ caller, body, request }, { signIns }) => {
      const asked = await signIns.contacts.ask(signedInOf(caller), { ...body, ip: request.ip });
      return reply(202, askedView(asked));
    },
  }),
  route({
    ...OWN,
    path: '/v1/account/contact/code',
    summary: 'Take the new number or address over, with that code',
    description: 'Ends your other sessions. Where another one stood there before, payouts rest for a while',
    body: json(contactCodeBody),
    answers: NOTHING,
    problems: [...OF_CODES, SIGN_IN_ERRORS.CONTACT_TAKEN, SIGN_IN_ERRORS.SESSION_NEEDED],
    examples: [{ summary: 'With the code', body: { id: EXAMPLE.id, code: EXAMPLE.code } }],
    handle: async ({ caller, body, request }, { signIns }) => {
      await signIns.contacts.confirm(signedInOf(caller), { ...body, id: codeOf(body.id), ip: request.ip });
      return reply(204);
    },
  }),
];

/** Signing in, and what it takes: passwords, codes, the number and address that they are sent to. */
export const signInRoutes = [...openRoutes, ...ownRoutes];
