import type { Bbps } from '../../domain/bbps/bbps';
import { BBPS_ERRORS } from '../../domain/bbps/errors';
import type { BillPaymentRequest } from '../../domain/bbps/payment';
import type { GivenRemitter } from '../../domain/bbps/remitter';
import { fieldError } from '../../domain/errors/errors';
import { SIGN_IN_ERRORS } from '../../domain/sign-in/errors';
import type { PayoutRests } from '../../domain/sign-in/rest';
import type { Confirmations, Risk } from '../../domain/step-up/confirmations';
import { parsePublicId } from '../../platform/ids';
import { paiseFromJson } from '../../platform/money';
import type { Wake } from '../../platform/wake';
import { complaint, complaintList, receipt } from '../answers/bbps';
import { acceptedBill } from '../answers/transactions';
import { acceptedAs, ACCEPTING_ERRORS, CONFIRMING_ERRORS, found } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { listOf, ok, reply, sendAccepted } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import { complaintBody, paymentBody, type PaymentBody, type RemitterBody } from '../schemas/bbps';
import { confirmation } from '../schemas/headers';
import { requestOf } from './bbps';
import { billRisk } from './order-risks';

export interface BbpsPaymentRouteDependencies {
  bbps: Pick<Bbps, 'accept' | 'receipts' | 'complaints'>;
  confirmations: Pick<Confirmations, 'require'>;
  payoutRests: PayoutRests;
  wake: Wake;
}
const route = routesOf<BbpsPaymentRouteDependencies>();
const COMMON = { tag: 'Bills', idempotency: 'none' } as const;
const id = idParameter('transaction', 'TRANSACTION_NOT_FOUND');

/** POST /v1/bbps/payments, and what there is to a payment: its receipt, and complaints about it. */
export const bbpsPaymentRoutes = [
  route({
    method: 'POST',
    path: '/v1/bbps/payments',
    summary: 'Pay a bill',
    tag: 'Bills',
    access: key('bbps:write'),
    limits: 'money',
    idempotency: 'key',
    headers: { confirmation },
    body: json(paymentBody),
    answers: acceptedAs(acceptedBill),
    problems: [
      ...ACCEPTING_ERRORS,
      ...Object.values(BBPS_ERRORS),
      SIGN_IN_ERRORS.PAYOUTS_REST,
      ...CONFIRMING_ERRORS,
    ],
    examples: [
      {
        summary: 'A bill that was fetched',
        body: {
          fetch: 'bft_01k3h8j2v4e6g8j0m2p4r6t8vx',
          amount: 100_000,
          currency: 'INR',
          reference: 'bill-1001',
          payment_mode: 'Cash',
        },
      },
    ],
    handle: async ({ caller, key, body, headers }, { bbps, confirmations, payoutRests, wake }) => {
      payoutRests.require(caller, 'bbps');
      const request = toRequest(body);
      if (caller.by === 'session')
        await confirmations.require(caller, riskOf(request), { id: headers.confirmation, key });
      return sendAccepted(await bbps.accept.accept(caller, key, request), wake);
    },
  }),
  route({
    ...COMMON,
    method: 'GET',
    path: '/v1/bbps/payments/{id}/receipt',
    summary: 'The receipt of a payment',
    access: key('transactions:read'),
    limits: 'read',
    params: { id },
    answers: found('The receipt', receipt),
    problems: ['TRANSACTION_NOT_FOUND', BBPS_ERRORS.BBPS_RECEIPT_NOT_READY],
    handle: async ({ caller, params }, { bbps }) => ok(await bbps.receipts.get(caller.userId, params.id)),
  }),
  route({
    ...COMMON,
    method: 'POST',
    path: '/v1/bbps/payments/{id}/complaints',
    summary: 'Complain about a payment',
    access: key('bbps:write'),
    limits: 'desk',
    params: { id },
    body: json(complaintBody),
    answers: {
      201: {
        description: 'It was raised',
        schema: complaint,
        headers: { Location: 'Where the complaint is found' },
      },
    },
    problems: [
      'TRANSACTION_NOT_FOUND',
      'PROVIDER_UNAVAILABLE',
      'POLICY_NOT_FOUND',
      ...Object.values(BBPS_ERRORS),
    ],
    examples: [
      {
        summary: 'The biller has not booked it',
        body: { disposition: 'account-not-updated', description: 'The biller has not booked the payment' },
      },
    ],
    handle: async ({ caller, params, body: { disposition, description } }, { bbps }) => {
      const raised = await bbps.complaints.raise(caller.userId, params.id, disposition, description);
      return reply(201, raised, { Location: raised.links.self });
    },
  }),
  route({
    ...COMMON,
    method: 'GET',
    path: '/v1/bbps/payments/{id}/complaints',
    summary: 'The complaints about a payment',
    access: key('transactions:read'),
    limits: 'read',
    params: { id },
    answers: found('All of them', complaintList),
    problems: ['TRANSACTION_NOT_FOUND'],
    handle: async ({ caller, params, request }, { bbps }) =>
      listOf(request, await bbps.complaints.list(caller.userId, params.id)),
  }),
  route({
    ...COMMON,
    method: 'GET',
    path: '/v1/bbps/payments/{id}/complaints/{complaint}',
    summary: 'A complaint',
    access: key('transactions:read'),
    limits: 'read',
    params: { id, complaint: idParameter('complaint', BBPS_ERRORS.BBPS_COMPLAINT_NOT_FOUND) },
    answers: found('The complaint as it stands', complaint),
    problems: ['TRANSACTION_NOT_FOUND', BBPS_ERRORS.BBPS_COMPLAINT_NOT_FOUND],
    handle: async ({ caller, params }, { bbps }) =>
      ok(await bbps.complaints.get(caller.userId, params.id, params.complaint)),
  }),
];

function toRequest(body: PaymentBody): BillPaymentRequest {
  return {
    what:
      body.fetch === undefined
        ? { billerId: body.biller!, request: requestOf({ customer: body.customer!, counter: body.counter! }) }
        : { fetchId: fetchIdOf(body.fetch) },
    amountPaise: paiseFromJson(body.amount),
    currency: body.currency,
    reference: body.reference,
    paymentMode: body.payment_mode,
    remitter: body.remitter && givenRemitter(body.remitter),
    billNumber: body.bill_number,
    force: body.force ?? false,
  };
}

function riskOf({ amountPaise, what, billNumber }: BillPaymentRequest): Risk {
  return billRisk(
    amountPaise,
    'fetchId' in what
      ? { fetchId: what.fetchId, billNumber }
      : { billerId: what.billerId, parameters: what.request.customer.parameters },
  );
}

function givenRemitter({ account_number: number, ifsc, ...given }: RemitterBody): GivenRemitter {
  return number === undefined ? given : { ...given, account: { number, ifsc: ifsc!.toUpperCase() } };
}

/** Throws DomainError BBPS_FETCH_UNKNOWN. */
export function fetchIdOf(text: string, pointer = '#/fetch'): string {
  const id = parsePublicId('billFetch', text);
  if (id !== undefined) return id;
  const detail = 'take the id of a fetch of yours from POST /v1/bbps/fetches';
  throw fieldError(BBPS_ERRORS.BBPS_FETCH_UNKNOWN, pointer, detail);
}
