import { randomUUID } from 'node:crypto';
import type { Caller } from '../../domain/auth/api-keys';
import { PRIVACY_ERRORS } from '../../domain/privacy/errors';
import type { OwnDataRequest, OwnDataRequests } from '../../domain/privacy/own-requests';
import { SIGN_IN_ERRORS } from '../../domain/sign-in/errors';
import type { PayoutRests } from '../../domain/sign-in/rest';
import type { Confirmations, ShownRisk } from '../../domain/step-up/confirmations';
import { STEP_UP_ERRORS } from '../../domain/step-up/errors';
import { publicId } from '../../platform/ids';
import { confirmation as confirmationAnswer } from '../answers/confirmations';
import { PERSONAL_COPY } from '../answers/content';
import { dataRequest, dataRequestList, type DataRequestAnswer } from '../answers/data-requests';
import { found, made } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { listOf, ok, reply, sendMade, sendPieces } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import { copyConfirmationBody, dataRequestBody } from '../schemas/data-requests';
import { confirmation } from '../schemas/headers';
import { emptyBody } from '../schemas/refunds';
import { confirmationView } from './confirmations';
import { signedInOf } from './sign-in';

export interface DataRequestRouteDependencies {
  ownData: OwnDataRequests;
  confirmations: Pick<Confirmations, 'begin' | 'require'>;
  payoutRests: PayoutRests;
}
const route = routesOf<DataRequestRouteDependencies>();

/** For people who are signed in: no key and no program has this scope. */
const COMMON = { tag: 'Your data', access: key('account'), idempotency: 'none' } as const;
const READ = { ...COMMON, method: 'GET', limits: 'read' } as const;
const WRITE = { ...COMMON, method: 'POST', limits: 'desk' } as const;
const { DATA_REQUEST_NOT_FOUND, DATA_REQUEST_DECIDED, DATA_EXPORT_NOT_GRANTED } = PRIVACY_ERRORS;
const params = { id: idParameter('dataRequest', DATA_REQUEST_NOT_FOUND) };

export const dataRequestRoutes = [
  route({
    ...WRITE,
    path: '/v1/data-requests',
    summary: 'Ask for a copy of your data, a correction, or that it is erased',
    description:
      'Two of our staff work on it, and `due_on` is the day by which it is answered. One request of a kind is open at' +
      ' a time. What you work with is erased when your account is closed; what a law makes us keep is kept, and the' +
      ' answer names the law',
    body: json(dataRequestBody),
    answers: made('It waits for staff', dataRequest),
    problems: [PRIVACY_ERRORS.DATA_REQUEST_OPEN, PRIVACY_ERRORS.DATA_REQUESTS_USED_UP, 'POLICY_NOT_FOUND'],
    examples: [{ summary: 'A copy', body: { kind: 'export', reason: 'to see what is kept of my shop' } }],
    handle: async ({ caller, body }, { ownData }) => {
      const view = viewOf(await ownData.ask(caller.userId, body));
      return sendMade(view, view.links.self, false);
    },
  }),
  route({
    ...READ,
    path: '/v1/data-requests',
    summary: 'What you asked about your data',
    answers: found('The newest first, a hundred at most', dataRequestList),
    problems: ['POLICY_NOT_FOUND'],
    handle: async ({ caller, request }, { ownData }) =>
      listOf(request, (await ownData.list(caller.userId)).map(viewOf)),
  }),
  route({
    ...READ,
    path: '/v1/data-requests/{id}',
    summary: 'One of them: how far it is, and what was answered',
    params,
    answers: found('It', dataRequest),
    problems: [DATA_REQUEST_NOT_FOUND, 'POLICY_NOT_FOUND'],
    handle: async ({ caller, params: { id } }, { ownData }) =>
      ok(viewOf(await ownData.get(caller.userId, id))),
  }),
  route({
    ...WRITE,
    path: '/v1/data-requests/{id}/withdrawal',
    summary: 'Take it back while it waits',
    params,
    body: json(emptyBody),
    answers: found('It, withdrawn', dataRequest),
    problems: [DATA_REQUEST_NOT_FOUND, DATA_REQUEST_DECIDED, 'POLICY_NOT_FOUND'],
    examples: [{ summary: 'The body is empty', body: {} }],
    handle: async ({ caller, params: { id } }, { ownData }) =>
      ok(viewOf(await ownData.withdraw(caller.userId, id))),
  }),
  route({
    ...WRITE,
    path: '/v1/data-requests/{id}/confirmation',
    summary: 'Confirm that you fetch the copy',
    description:
      'With the PIN; a code is sent besides, which is shown to `/v1/confirmations/{id}/code`. It is good for one copy',
    params,
    body: json(copyConfirmationBody),
    answers: { 201: { description: 'A code was sent', schema: confirmationAnswer } },
    problems: [
      DATA_REQUEST_NOT_FOUND,
      DATA_EXPORT_NOT_GRANTED,
      STEP_UP_ERRORS.PIN_NOT_SET,
      STEP_UP_ERRORS.PIN_DEAD,
      STEP_UP_ERRORS.PIN_WRONG,
      STEP_UP_ERRORS.CONFIRMATION_NO_CONTACT,
      'POLICY_NOT_FOUND',
    ],
    examples: [{ summary: 'With the PIN', body: { pin: '482915' } }],
    handle: async ({ caller, params: { id }, body: { pin } }, { ownData, confirmations }) => {
      await ownData.requireCopy(caller.userId, id);
      return reply(201, confirmationView(await confirmations.begin(caller, copyRisk(caller, id), pin)));
    },
  }),
  route({
    ...COMMON,
    method: 'GET',
    limits: 'list',
    path: '/v1/data-requests/{id}/copy',
    summary: 'Fetch the copy of your data that was granted',
    description:
      'What is kept now, however much it is, as one JSON file until `copy_until`. It is confirmed first, each time' +
      ' anew, and rests with the payouts after the account was changed',
    params,
    headers: { confirmation },
    answers: {
      200: {
        description: 'The file',
        content: { 'application/json': PERSONAL_COPY },
        headers: { 'Content-Disposition': 'That it is a file, and its name' },
      },
    },
    problems: [
      DATA_REQUEST_NOT_FOUND,
      DATA_EXPORT_NOT_GRANTED,
      SIGN_IN_ERRORS.SESSION_NEEDED,
      SIGN_IN_ERRORS.PAYOUTS_REST,
      STEP_UP_ERRORS.CONFIRMATION_NEEDED,
      STEP_UP_ERRORS.CONFIRMATION_OVER,
      STEP_UP_ERRORS.CONFIRMATION_FOR_ANOTHER,
      'POLICY_NOT_FOUND',
      'LIST_TOO_SLOW',
    ],
    handle: async ({ caller, params: { id }, headers }, { ownData, confirmations, payoutRests }) => {
      await ownData.requireCopy(caller.userId, id);
      signedInOf(caller);
      payoutRests.require(caller, 'data_copy');
      // The next download asks for another confirmation: a key that nobody has again.
      const once = { id: headers.confirmation, key: randomUUID() };
      await confirmations.require(caller, copyRisk(caller, id), once);
      const name = `${publicId('dataRequest', id).replace('_', '-')}.json`;
      return sendPieces(name, 'application/json; charset=utf-8', await ownData.copy(caller.userId, id));
    },
  }),
];

const copyRisk = ({ userId }: Pick<Caller, 'userId'>, id: string): ShownRisk => ({
  action: 'data_copy',
  amountPaise: 0n,
  payee: `copy ${userId} ${id}`,
  payeeShown: 'you',
});

function viewOf(request: OwnDataRequest): DataRequestAnswer {
  const { id, userId, askedBy, decidedAt } = request;
  const shown = publicId('dataRequest', id);
  return {
    object: 'data_request',
    id: shown,
    kind: request.kind,
    status: request.state,
    reason: askedBy === userId ? request.reason : null,
    asked_at: request.askedAt.toISOString(),
    due_on: request.dueOn,
    decided_at: decidedAt?.toISOString() ?? null,
    answer: request.note,
    copy_until: request.copyUntil?.toISOString() ?? null,
    parts: (request.parts ?? []).map(({ what, because, keep_days: keepDays, ...part }) => ({
      part: what,
      ...part,
      because: because ?? null,
      keep_days: keepDays ?? null,
    })),
    links: { self: `/v1/data-requests/${shown}` },
  };
}
