import { BANK_ERRORS } from '../../domain/banks/errors';
import { PAYEE_ERRORS } from '../../domain/payees/errors';
import type { Payees } from '../../domain/payees/payees';
import { beneficiary, beneficiaryList } from '../answers/beneficiaries';
import { found, page } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { ok, pageOf, reply } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import { spelledOut } from '../schemas/asked-payout';
import { beneficiariesQuery, newBeneficiaryBody } from '../schemas/beneficiaries';
import { emptyBody } from '../schemas/refunds';

const route = routesOf<{ payees: Payees }>();

const OWN = { tag: 'Beneficiaries', access: key('payouts:write'), idempotency: 'none' } as const;
const OF_ONE = {
  ...OWN,
  params: { id: idParameter('beneficiary', PAYEE_ERRORS.BENEFICIARY_NOT_FOUND) },
} as const;
const EMPTY = [{ summary: 'The body is empty', body: {} }];

export const beneficiaryRoutes = [
  route({
    ...OWN,
    method: 'POST',
    path: '/v1/beneficiaries',
    summary: 'Keep somebody whom you pay',
    description:
      'The same name and account again give the one that is there (200), so a repeat does nothing. One that was' +
      ' archived is put back, as new as one that is made now',
    limits: 'desk',
    body: json(newBeneficiaryBody),
    answers: {
      201: {
        description: 'It is on your list now',
        schema: beneficiary,
        headers: { Location: 'Where it is read' },
      },
      200: { description: 'It was there already', schema: beneficiary },
    },
    problems: [
      BANK_ERRORS.IFSC_ENDED,
      BANK_ERRORS.BANK_CLOSED,
      PAYEE_ERRORS.BENEFICIARIES_USED_UP,
      'POLICY_NOT_FOUND',
    ],
    examples: [
      {
        summary: 'A bank account',
        body: { name: 'Asha Traders', account_number: '000111220000', ifsc: 'HDFC0000053' },
      },
      { summary: 'A UPI address', body: { name: 'Asha Traders', vpa: 'asha.traders@okbank' } },
    ],
    handle: async ({ caller, body, request: { ip } }, { payees }) => {
      const { view, isNew } = await payees.add({ caller, ip }, spelledOut(body));
      return reply(isNew ? 201 : 200, view, isNew ? { Location: view.links.self } : {});
    },
  }),
  route({
    ...OWN,
    method: 'GET',
    path: '/v1/beneficiaries',
    summary: 'Whom you pay',
    description: 'Those that you keep, and those that payouts spelled out. Without a status, the active ones',
    limits: 'list',
    query: beneficiariesQuery,
    answers: page(beneficiaryList),
    problems: ['LIST_TOO_SLOW', 'POLICY_NOT_FOUND'],
    handle: async ({ caller, query, request }, { payees }) =>
      pageOf(request, await payees.list(caller.userId, { ...query, kind: query.kind })),
  }),
  route({
    ...OF_ONE,
    method: 'GET',
    path: '/v1/beneficiaries/{id}',
    summary: 'One of them, as it stands',
    limits: 'read',
    answers: found('It', beneficiary),
    problems: [PAYEE_ERRORS.BENEFICIARY_NOT_FOUND, 'POLICY_NOT_FOUND'],
    handle: async ({ caller, params }, { payees }) => ok(await payees.get(caller.userId, params.id)),
  }),
  route({
    ...OF_ONE,
    method: 'POST',
    path: '/v1/beneficiaries/{id}/verification',
    summary: 'Ask the bank whose the account is',
    description:
      'An answer counts for some months: until then it is given again and the bank is not asked. A name that is' +
      ' another stops nothing, and is told: look at it before you pay',
    limits: 'desk',
    body: json(emptyBody),
    answers: found('It, with what the bank said so far', beneficiary),
    problems: [
      PAYEE_ERRORS.BENEFICIARY_NOT_FOUND,
      PAYEE_ERRORS.BENEFICIARY_NOT_VERIFIABLE,
      PAYEE_ERRORS.BENEFICIARY_CHECKS_USED,
      'POLICY_NOT_FOUND',
    ],
    examples: EMPTY,
    handle: async ({ caller, params, request: { ip } }, { payees }) =>
      ok(await payees.verify({ caller, ip }, params.id)),
  }),
  route({
    ...OF_ONE,
    method: 'POST',
    path: '/v1/beneficiaries/{id}/archival',
    summary: 'Take one off your list',
    description: 'No later payout may name it. Those that were accepted go on; repeating this does nothing',
    limits: 'desk',
    body: json(emptyBody),
    answers: found('It, archived', beneficiary),
    problems: [PAYEE_ERRORS.BENEFICIARY_NOT_FOUND, 'POLICY_NOT_FOUND'],
    examples: EMPTY,
    handle: async ({ caller, params, request: { ip } }, { payees }) =>
      ok(await payees.archive({ caller, ip }, params.id)),
  }),
];
