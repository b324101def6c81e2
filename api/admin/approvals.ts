import type { Approvals } from '../../domain/approvals/approvals';
import { APPROVAL_ERRORS } from '../../domain/approvals/errors';
import type { Cursors } from '../../domain/errors/cursor';
import { pageOf } from '../../platform/page';
import { approval, approvalOf, approvals as approvalList, carriedOut, factsOf } from '../answers/approvals';
import { found, page } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { ok } from '../registry/replies';
import { json, routesOf, staff } from '../registry/route';
import { emptyBody } from '../schemas/refunds';
import { approvalsQuery, refusalBody } from '../schemas/staff';
import { paged } from './pages';

const route = routesOf<{ approvals: Approvals; cursors: Cursors }>();
const AT = '/admin/v1/approvals';
const COMMON = { tag: 'Approvals', access: staff('approvals.read'), idempotency: 'none' } as const;
const { APPROVAL_NOT_FOUND, APPROVAL_DECIDED, APPROVAL_EXPIRED, APPROVAL_NEEDS_ANOTHER } = APPROVAL_ERRORS;
const params = { id: idParameter('approval', APPROVAL_NOT_FOUND) };
const DECIDE = {
  ...COMMON,
  method: 'POST',
  limits: 'list',
  description: 'The role must permit it for the area of the proposal besides',
  params,
} as const;
const EMPTY = [{ summary: 'The body is empty', body: {} }];

export const adminApprovalRoutes = [
  route({
    ...COMMON,
    method: 'GET',
    limits: 'list',
    path: AT,
    summary: 'What was proposed',
    query: approvalsQuery,
    answers: page(approvalList),
    examples: [{ summary: 'What waits', query: { state: 'proposed' } }],
    handle: async ({ request, query }, { approvals, cursors }) =>
      paged(
        cursors,
        { request, query },
        async ({ limit, after }) =>
          pageOf(
            await approvals.list({ state: query.state, limit: limit + 1, after }),
            limit,
            ({ id }) => id,
          ),
        approvalOf,
      ),
  }),
  route({
    ...COMMON,
    method: 'GET',
    limits: 'read',
    path: `${AT}/{id}`,
    summary: 'A proposal: what it changes, why, and who proposed it',
    params,
    answers: found('It', approval),
    problems: [APPROVAL_NOT_FOUND],
    handle: async ({ params: { id } }, { approvals }) => ok(approvalOf(await approvals.get(id))),
  }),
  route({
    ...DECIDE,
    path: `${AT}/{id}/approval`,
    summary: 'Carry out what another person proposed',
    action: 'approvals.approve',
    body: json(emptyBody),
    answers: found('It is done', carriedOut),
    problems: [
      ...[APPROVAL_NOT_FOUND, APPROVAL_DECIDED, APPROVAL_EXPIRED, APPROVAL_NEEDS_ANOTHER],
      ...[APPROVAL_ERRORS.APPROVAL_OVERTAKEN, APPROVAL_ERRORS.APPROVAL_MAKER_GONE],
    ],
    examples: EMPTY,
    handle: async ({ caller, params: { id } }, { approvals }) => {
      const { approval: done, result } = await approvals.approve(id, caller);
      return ok({ object: 'carried_out', approval: approvalOf(done), result: factsOf(result) });
    },
  }),
  route({
    ...DECIDE,
    path: `${AT}/{id}/refusal`,
    summary: 'Refuse what another person proposed',
    action: 'approvals.refuse',
    body: json(refusalBody),
    answers: found('It is refused', approval),
    problems: [APPROVAL_NOT_FOUND, APPROVAL_DECIDED, APPROVAL_NEEDS_ANOTHER],
    examples: [{ summary: 'With a reason', body: { note: 'the reference is of another line' } }],
    handle: async ({ caller, params: { id }, body: { note } }, { approvals }) => {
      await approvals.reject(id, caller, note);
      return ok(approvalOf(await approvals.get(id)));
    },
  }),
  route({
    ...DECIDE,
    path: `${AT}/{id}/withdrawal`,
    summary: 'Take back what you proposed',
    action: 'approvals.withdraw',
    body: json(emptyBody),
    answers: found('It is taken back', approval),
    problems: [APPROVAL_NOT_FOUND, APPROVAL_DECIDED, APPROVAL_ERRORS.APPROVAL_NOT_YOURS],
    examples: EMPTY,
    handle: async ({ caller, params: { id } }, { approvals }) => {
      await approvals.withdraw(id, caller);
      return ok(approvalOf(await approvals.get(id)));
    },
  }),
];
