import { AUTH_ERRORS } from '../../domain/auth/errors';
import { userId } from '../../domain/ids/ids';
import { USER_ERRORS } from '../../domain/users/errors';
import type { UserNetwork } from '../../domain/users/network';
import type { Registration } from '../../domain/users/registration';
import { userList, wholeUser } from '../answers/users';
import { found, made, page } from '../registry/answers';
import { idOf, idParameter } from '../registry/parameters';
import { ok, pageOf, sendMade } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import {
  lookUpBody,
  profileBody,
  servicesBody,
  stageBody,
  userBody,
  usersQuery,
  type AddressBody,
  type UserBody,
} from '../schemas/users';

const route = routesOf<{ users: UserNetwork }>();

const COMMON = { tag: 'Users', idempotency: 'none' } as const;
const READ = { ...COMMON, method: 'GET', access: key('users:read') } as const;
const WRITE = { ...COMMON, access: key('users:write'), limits: 'money' } as const;
const OF_USER = { params: { id: idParameter('user', AUTH_ERRORS.USER_NOT_FOUND) } } as const;
const NOT_FOUND = [AUTH_ERRORS.USER_NOT_FOUND] as const;
const USER = found('The user as it is now', wholeUser);
const ADDRESS = { line: '12, Test Street', city: 'Pune', state_code: '27', pin_code: '411001' };

export const userRoutes = [
  route({
    ...WRITE,
    method: 'POST',
    path: '/v1/users',
    summary: 'Register a user below you',
    description: 'It begins as a `lead`. It stands right below you, or below the `parent` of your network.',
    idempotency: 'key',
    body: json(userBody),
    answers: made('It is registered', wholeUser),
    problems: [
      ...NOT_FOUND,
      USER_ERRORS.USER_CONTACT_TAKEN,
      USER_ERRORS.USER_PLACE_INVALID,
      USER_ERRORS.USER_STAGE_REFUSED,
      'IDEMPOTENCY_KEY_REUSED',
      'IDEMPOTENCY_IN_PROGRESS',
    ],
    examples: [
      {
        summary: 'A till of a shop',
        body: {
          type: 'sub_merchant',
          name: 'Test Stores, till 2',
          mobile: '9876543210',
          email: 'till-2@munim.example',
          language: 'hi',
          address: ADDRESS,
          services: ['payout', 'recharge'],
        },
      },
    ],
    handle: async ({ caller, key, body }, { users }) => {
      const { user, replayed } = await users.register(caller.userId, key, registrationOf(body));
      return sendMade(user, `/v1/users/${user.id}`, replayed);
    },
  }),
  route({
    ...READ,
    path: '/v1/users',
    summary: 'The users below you, the newest first',
    limits: 'list',
    query: usersQuery,
    answers: page(userList),
    problems: [...NOT_FOUND, 'LIST_TOO_SLOW'],
    handle: async ({ caller, query, request }, { users }) => {
      const { type, stage, parent, ...pages } = query;
      const filter = {
        ...(type === undefined ? {} : { type }),
        ...(stage === undefined ? {} : { stage }),
        ...(parent === undefined ? {} : { parent: networkUser(parent) }),
      };
      return pageOf(request, await users.list(caller.userId, filter, pages));
    },
  }),
  route({
    ...COMMON,
    method: 'POST',
    path: '/v1/user-lookups',
    summary: 'Look a user of your network up by its number',
    description: 'The number stands in the body, since addresses are written down in many places.',
    access: key('users:read'),
    limits: 'list',
    body: json(lookUpBody),
    answers: USER,
    problems: NOT_FOUND,
    examples: [{ summary: 'A number', body: { mobile: '9876543210' } }],
    handle: async ({ caller, body }, { users }) => ok(await users.lookUp(caller.userId, body.mobile)),
  }),
  route({
    ...READ,
    path: '/v1/me',
    summary: 'Yourself',
    limits: 'read',
    answers: USER,
    handle: async ({ caller }, { users }) => ok(await users.get(caller.userId, caller.userId)),
  }),
  route({
    ...READ,
    ...OF_USER,
    path: '/v1/users/{id}',
    summary: 'A user of your network',
    limits: 'read',
    answers: USER,
    problems: NOT_FOUND,
    handle: async ({ caller, params }, { users }) => ok(await users.get(caller.userId, userId(params.id))),
  }),
  route({
    ...WRITE,
    ...OF_USER,
    method: 'PATCH',
    path: '/v1/users/{id}',
    summary: 'Correct what is said of a user',
    description: 'The mobile number and the e-mail address are changed by who can read what is sent to them.',
    body: json(profileBody),
    answers: USER,
    problems: NOT_FOUND,
    examples: [{ summary: 'It has moved', body: { address: ADDRESS } }],
    handle: async ({ caller, params, body }, { users }) => {
      const { address, ...profile } = body;
      const given = { ...profile, ...(address === undefined ? {} : { address: addressOf(address) }) };
      return ok(await users.update(caller.userId, userId(params.id), given));
    },
  }),
  route({
    ...WRITE,
    ...OF_USER,
    method: 'POST',
    path: '/v1/users/{id}/stage',
    summary: 'Move a user along',
    description: 'docs/users.md says who moves whom from which stage to which.',
    body: json(stageBody),
    answers: USER,
    problems: [
      ...NOT_FOUND,
      USER_ERRORS.USER_STAGE_REFUSED,
      USER_ERRORS.USER_HAS_USERS_BELOW,
      USER_ERRORS.USER_HAS_MONEY,
      USER_ERRORS.USER_HAS_COMMISSION,
    ],
    examples: [
      { summary: 'All is handed in', body: { stage: 'kyc_submitted', reason: 'all documents are there' } },
    ],
    handle: async ({ caller, params, body }, { users }) =>
      ok(await users.move(caller.userId, userId(params.id), { to: body.stage, reason: body.reason })),
  }),
  route({
    ...WRITE,
    ...OF_USER,
    method: 'POST',
    path: '/v1/users/{id}/services',
    summary: 'Ask for services for a user',
    description: 'Our staff switch them on; those that are there already stay as they are.',
    body: json(servicesBody),
    answers: USER,
    problems: NOT_FOUND,
    examples: [{ summary: 'Recharges', body: { services: ['recharge'] } }],
    handle: async ({ caller, params, body }, { users }) =>
      ok(await users.requestServices(caller.userId, userId(params.id), body.services)),
  }),
];

const networkUser = (text: string) => userId(idOf('user', text, AUTH_ERRORS.USER_NOT_FOUND));

function registrationOf({ address, parent, ...rest }: UserBody): Registration {
  return {
    ...rest,
    ...(address === undefined ? {} : { address: addressOf(address) }),
    ...(parent === undefined ? {} : { parent: networkUser(parent) }),
  };
}

function addressOf({ state_code: stateCode, pin_code: pinCode, ...rest }: AddressBody) {
  return { ...rest, stateCode, pinCode };
}
