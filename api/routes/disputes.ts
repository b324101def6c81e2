import type { Disputes } from '../../domain/disputes/disputes';
import { DISPUTE_ERRORS } from '../../domain/disputes/errors';
import { dispute, disputeList } from '../answers/disputes';
import { found, page } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { ok, pageOf } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import { answerBody, disputesQuery } from '../schemas/disputes';

const route = routesOf<{ disputes: Disputes }>();

const COMMON = { tag: 'Disputes', idempotency: 'none' } as const;
const READ = { ...COMMON, method: 'GET', access: key('transactions:read') } as const;
const { DISPUTE_NOT_FOUND, DISPUTE_ENDED, DISPUTE_ANSWERED, DISPUTE_ANSWER_LATE } = DISPUTE_ERRORS;
const params = { id: idParameter('dispute', DISPUTE_NOT_FOUND) };

export const disputeRoutes = [
  route({
    ...READ,
    path: '/v1/disputes',
    summary: 'What networks claim of your transactions back',
    limits: 'list',
    query: disputesQuery,
    answers: page(disputeList),
    problems: ['LIST_TOO_SLOW'],
    handle: async ({ caller, query: { transaction, ...at }, request }, { disputes }) =>
      pageOf(request, await disputes.list(caller.userId, { transaction }, at)),
  }),
  route({
    ...READ,
    path: '/v1/disputes/{id}',
    summary: 'One of them, as it stands',
    limits: 'read',
    params,
    answers: found('It', dispute),
    problems: [DISPUTE_NOT_FOUND],
    handle: async ({ caller, params: { id } }, { disputes }) => ok(await disputes.get(caller.userId, id)),
  }),
  route({
    ...COMMON,
    method: 'POST',
    access: key('wallets:write'),
    path: '/v1/disputes/{id}/answer',
    summary: 'Contest it, or accept it, once and until its last day',
    description:
      'It takes nothing and frees nothing: staff send it on, and the last word is that of the network. The same answer again is' +
      ' the first one',
    limits: 'money',
    params,
    body: json(answerBody),
    answers: found('It, answered', dispute),
    problems: [DISPUTE_NOT_FOUND, DISPUTE_ENDED, DISPUTE_ANSWERED, DISPUTE_ANSWER_LATE],
    examples: [
      {
        summary: 'The customer has the cash',
        body: {
          answer: 'contested',
          statement: 'the customer signed the register, page 12; the camera shows the cash',
        },
      },
      { summary: 'It is right', body: { answer: 'accepted' } },
    ],
    handle: async ({ caller, params: { id }, body }, { disputes }) =>
      ok(await disputes.answer(caller.userId, id, body)),
  }),
];
