import type { DisputeDesk } from '../../domain/disputes/desk';
import { DISPUTE_ERRORS } from '../../domain/disputes/errors';
import type { Cursors } from '../../domain/errors/cursor';
import { transactionId } from '../../domain/ids/ids';
import { paiseFromJson } from '../../platform/money';
import { staffDispute, staffDisputeOf, staffDisputes } from '../answers/disputes';
import { found, page } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { ok } from '../registry/replies';
import { json, routesOf, staff } from '../registry/route';
import { allDisputesQuery, claimBody, endBody } from '../schemas/disputes';
import { paged } from './pages';
import { PROPOSED, proposed, PROPOSING_ERRORS, type Proposing } from './proposals';

/** What networks claim back: one person writes it down, another than who proposes its end approves that. */
const route = routesOf<{ disputes: DisputeDesk; cursors: Cursors } & Proposing>();
const AT = '/admin/v1/disputes';
const COMMON = { tag: 'Disputes', limits: 'list', idempotency: 'none' } as const;
const READ = { ...COMMON, access: staff('disputes.read'), method: 'GET' } as const;
const { DISPUTE_NOT_FOUND, ...OTHERS } = DISPUTE_ERRORS;
const params = { id: idParameter('dispute', DISPUTE_NOT_FOUND) };

export const adminDisputeRoutes = [
  route({
    ...COMMON,
    access: staff('disputes.write'),
    method: 'POST',
    path: AT,
    summary: 'Write down what a network claims back, and hold the money in the wallets',
    description: 'A case of the network is recorded once: again it is the first',
    action: 'dispute.record',
    body: json(claimBody),
    answers: found('It', staffDispute),
    problems: [
      'TRANSACTION_NOT_FOUND',
      OTHERS.DISPUTE_TRANSACTION_NOT_SUCCEEDED,
      OTHERS.DISPUTE_NOT_TAKEN,
      OTHERS.DISPUTE_DATE_INVALID,
      OTHERS.DISPUTE_OVER_AMOUNT,
      OTHERS.DISPUTE_CASE_KNOWN,
    ],
    examples: [
      {
        summary: 'A withdrawal of 3,000 rupees, all of it',
        body: {
          kind: 'chargeback',
          transaction: 'txn_01jxvqexvqexvt0xvqexvqexvq',
          amount: 300_000,
          currency: 'INR',
          case_reference: 'NPCI-CB-2026-000123',
          reason_code: '1065',
          received_on: '2026-11-28',
        },
      },
    ],
    handle: async ({ caller, body }, { disputes }) => {
      const dispute = await disputes.record(
        {
          kind: body.kind,
          transactionId: transactionId(body.transaction),
          amountPaise: paiseFromJson(body.amount),
          caseReference: body.case_reference,
          reasonCode: body.reason_code,
          receivedOn: body.received_on,
        },
        caller,
      );
      return ok(staffDisputeOf(dispute));
    },
  }),
  route({
    ...READ,
    path: AT,
    summary: 'What networks claim back',
    query: allDisputesQuery,
    answers: page(staffDisputes),
    examples: [{ summary: 'What is open', query: { state: 'open' } }],
    handle: async ({ request, query }, { disputes, cursors }) =>
      paged(cursors, { request, query }, (at) => disputes.list(query.state, at), staffDisputeOf),
  }),
  route({
    ...READ,
    limits: 'read',
    path: `${AT}/{id}`,
    summary: 'A dispute, with what the agent says',
    params,
    answers: found('It', staffDispute),
    problems: [DISPUTE_NOT_FOUND],
    handle: async ({ params: { id } }, { disputes }) => ok(staffDisputeOf(await disputes.get(id))),
  }),
  route({
    ...COMMON,
    access: staff('disputes.propose'),
    method: 'POST',
    path: `${AT}/{id}/proposals`,
    summary: "Propose the network's last word",
    description: 'Another person approves it. Only then money moves',
    action: 'dispute.propose',
    params,
    body: json(endBody),
    answers: PROPOSED,
    problems: [
      ...PROPOSING_ERRORS,
      DISPUTE_NOT_FOUND,
      OTHERS.DISPUTE_ENDED,
      OTHERS.DISPUTE_TRANSACTION_NOT_SUCCEEDED,
    ],
    examples: [
      {
        summary: 'It is lost',
        body: {
          outcome: 'lost',
          reason: 'the bank was believed',
          evidence: 'mail of the provider, case closed',
        },
      },
    ],
    handle: async ({ caller, params: { id }, body }, deps) =>
      proposed(deps, await deps.disputes.endProposal({ id, ...body }), caller),
  }),
];
