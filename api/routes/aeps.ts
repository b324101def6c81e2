import type { Aeps } from '../../domain/aeps/aeps';
import type { EnquiryKind } from '../../domain/aeps/enquiries';
import { AEPS_ERRORS } from '../../domain/aeps/errors';
import type { AepsKind } from '../../domain/aeps/request';
import type { WithdrawalResult } from '../../domain/aeps/withdraw';
import { requireService, type Caller } from '../../domain/auth/api-keys';
import { CAPTURE_ERRORS } from '../../domain/captures/errors';
import { DomainError } from '../../domain/errors/errors';
import { OTP_ERRORS } from '../../domain/otp/errors';
import { isFinalStatus } from '../../domain/transactions/read';
import { queuedWork } from '../../jobs/due';
import type { Log } from '../../platform/logger';
import { paiseFromJson } from '../../platform/money';
import type { Wake } from '../../platform/wake';
import { enquiry, placedOrder, withdrawal, withdrawalOtp } from '../answers/aeps';
import { acceptedAs, ACCEPTING_ERRORS, found } from '../registry/answers';
import { idOf, idParameter } from '../registry/parameters';
import { ok, REPLAYED } from '../registry/replies';
import { json, key, routesOf, type Reply, type RequestFacts } from '../registry/route';
import {
  acknowledgementBody,
  CUSTOMER_EXAMPLE,
  enquiryBody,
  orderBody,
  TERMINAL_EXAMPLE,
  withdrawalBody,
  withdrawalOtpBody,
  type OrderBody,
  type WithdrawalBody,
} from '../schemas/aeps';
import { AADHAAR_EXAMPLE, PID_EXAMPLE } from '../schemas/fields';
import { refuseEcho, refuseEchoInKey } from './aeps-echo';

export interface AepsRouteDependencies {
  aeps: Pick<Aeps, 'reader' | 'withdrawals' | 'withdrawalOtps' | 'enquiries'>;
  wake: Wake;
  announce(finished: readonly string[]): void;
  log: Log;
}
const route = routesOf<AepsRouteDependencies>();

const COMMON = { tag: 'AEPS', idempotency: 'none' } as const;
const WRITE = {
  ...COMMON,
  access: key('aeps:write'),
  problems: [
    ...ACCEPTING_ERRORS,
    ...Object.values(AEPS_ERRORS),
    ...Object.values(CAPTURE_ERRORS),
    ...Object.values(OTP_ERRORS),
    'RATE_LIMITED',
  ],
} as const;
const id = idParameter('transaction', 'TRANSACTION_NOT_FOUND');
const AT_COUNTER = { customer: CUSTOMER_EXAMPLE, terminal: TERMINAL_EXAMPLE, aadhaar: AADHAAR_EXAMPLE };
const ORDER = {
  ...AT_COUNTER,
  amount: 300_000,
  currency: 'INR',
  reference: 'withdrawal-1001',
  pid: PID_EXAMPLE,
};

const PLACED = acceptedAs(placedOrder);
/** The terminal waits while the provider is asked, once. */
const order = {
  ...WRITE,
  method: 'POST',
  limits: 'money',
  untilDone: true,
  idempotency: 'key',
  answers: {
    200: { description: 'Its end is known', schema: placedOrder, headers: PLACED[202].headers },
    202: PLACED[202],
  },
} as const;
const orders = [
  route({
    ...order,
    path: '/v1/aeps/withdrawals',
    summary: 'Withdraw cash for a customer',
    body: json(withdrawalBody),
    examples: [
      { summary: 'Three thousand rupees', body: ORDER },
      {
        summary: 'With a one-time password, which the finger was captured with',
        body: { ...ORDER, amount: 600_000, otp_request: 'aot_01k3h8j2v4e6g8j0m2p4r6t8vx' },
      },
    ],
    handle: (input, deps) => placeOrder('withdrawal', input, deps),
  }),
  route({
    ...order,
    path: '/v1/aeps/merchant-payments',
    summary: 'Take a payment with Aadhaar',
    body: json(orderBody),
    examples: [{ summary: 'Three thousand rupees', body: ORDER }],
    handle: (input, deps) => placeOrder('merchant_payment', input, deps),
  }),
];

const read = (path: string, kind: AepsKind, summary: string) =>
  route({
    ...COMMON,
    method: 'GET',
    path: `/v1/aeps/${path}/{id}`,
    summary,
    access: key('transactions:read'),
    limits: 'read',
    params: { id },
    answers: found('It, as it stands', withdrawal),
    problems: ['TRANSACTION_NOT_FOUND'],
    handle: async ({ caller, params }, { aeps }) => {
      const view = await aeps.reader.get(caller.userId, params.id);
      if (view.kind !== kind) throw new DomainError('TRANSACTION_NOT_FOUND');
      return ok(view);
    },
  });

const otps = [
  route({
    ...WRITE,
    method: 'POST',
    path: '/v1/aeps/withdrawal-otps',
    summary: 'Send a customer the one-time password of a withdrawal',
    limits: 'desk',
    idempotency: 'key',
    body: json(withdrawalOtpBody),
    answers: {
      200: {
        description: 'What became of it',
        schema: withdrawalOtp,
        headers: { 'Idempotent-Replayed': PLACED[202].headers['Idempotent-Replayed'] },
      },
    },
    examples: [{ summary: 'Six thousand rupees', body: { ...AT_COUNTER, amount: 600_000, currency: 'INR' } }],
    handle: async ({ caller, key, body }, { aeps }) => {
      const { aadhaar, amount, currency, customer, terminal } = body;
      requireService(caller, 'aeps');
      refuseEcho(aadhaar, [
        ['#/terminal/id', terminal.id],
        ['#/customer/bank', customer.bank],
      ]);
      refuseEchoInKey(aadhaar, key);
      const asked = { amountPaise: paiseFromJson(amount), currency, customer, terminal };
      const { view, replayed } = await aeps.withdrawalOtps.ask(caller.userId, key, asked, aadhaar);
      return ok(view, replayed ? REPLAYED : {});
    },
  }),
  route({
    ...COMMON,
    method: 'GET',
    path: '/v1/aeps/withdrawal-otps/{id}',
    summary: 'The one-time password of a withdrawal, as it stands',
    access: key('transactions:read'),
    limits: 'read',
    params: { id: idParameter('aepsOtp', AEPS_ERRORS.AEPS_OTP_NOT_FOUND) },
    answers: found('It, without its digits', withdrawalOtp),
    problems: [AEPS_ERRORS.AEPS_OTP_NOT_FOUND],
    handle: async ({ caller, params }, { aeps }) =>
      ok(await aeps.withdrawalOtps.get(caller.userId, params.id)),
  }),
];

const acknowledgement = route({
  ...WRITE,
  method: 'POST',
  path: '/v1/aeps/withdrawals/{id}/acknowledgement',
  summary: 'Say whether the cash was handed out',
  limits: 'money',
  params: { id },
  body: json(acknowledgementBody),
  answers: found('The withdrawal', withdrawal),
  problems: ['TRANSACTION_NOT_FOUND', ...WRITE.problems],
  examples: [{ summary: 'It was', body: { cash_handed_out: true } }],
  handle: async ({ caller, params, body }, { aeps }) =>
    ok(await aeps.reader.acknowledge(caller.userId, params.id, body.cash_handed_out)),
});

const ask = (path: string, kind: EnquiryKind, summary: string) =>
  route({
    ...WRITE,
    method: 'POST',
    path: `/v1/aeps/${path}`,
    summary,
    limits: 'desk',
    body: json(enquiryBody),
    answers: found('What the bank says, shown once and kept nowhere', enquiry),
    examples: [{ summary: 'With a finger', body: { ...AT_COUNTER, pid: PID_EXAMPLE } }],
    handle: async ({ caller, body }, { aeps }) => {
      const { aadhaar, pid, customer, terminal } = body;
      requireService(caller, 'aeps');
      refuseEcho(aadhaar, [
        ['#/terminal/id', terminal.id],
        ['#/customer/bank', customer.bank],
      ]);
      return ok(await aeps.enquiries.ask(caller.userId, { kind, customer, terminal }, { aadhaar, pid }));
    },
  });

export const aepsRoutes = [
  ...orders,
  read('withdrawals', 'withdrawal', 'A withdrawal'),
  read('merchant-payments', 'merchant_payment', 'A payment with Aadhaar'),
  acknowledgement,
  ...otps,
  ask('balance-enquiries', 'balance', 'Ask for the balance of a customer'),
  ask('mini-statements', 'mini_statement', 'Ask for the latest entries of a customer'),
];

async function placeOrder(
  kind: AepsKind,
  input: { caller: Caller; key: string; body: WithdrawalBody | OrderBody; request: RequestFacts },
  deps: AepsRouteDependencies,
): Promise<Reply<200 | 202>> {
  const { aadhaar, pid, otp_request: otpRequest, ...body } = input.body as WithdrawalBody;
  const { amount, currency, reference, customer, terminal } = body;
  requireService(input.caller, 'aeps');
  refuseEcho(aadhaar, [
    ['#/reference', reference],
    ['#/terminal/id', terminal.id],
    ['#/customer/bank', customer.bank],
  ]);
  refuseEchoInKey(aadhaar, input.key);
  const result = await deps.aeps.withdrawals.run(
    input.caller.userId,
    input.key,
    {
      kind,
      amountPaise: paiseFromJson(amount),
      currency,
      reference,
      customer,
      terminal,
      otpId: otpRequest === undefined ? undefined : idOf('aepsOtp', otpRequest, AEPS_ERRORS.AEPS_OTP_UNKNOWN),
    },
    { aadhaar, pid },
  );
  // The name of the error only: what failed on the way had biometrics in its hands.
  if (result.error !== undefined)
    deps.log.error(
      {
        error_name: result.error.name,
        code: result.error instanceof DomainError ? result.error.code : undefined,
        request: input.request.id,
      },
      'a withdrawal is left to its row',
    );
  await deps.wake(result.due.map(queuedWork));
  deps.announce(result.finished);
  return replyOf(result);
}

function replyOf({ view, shownOnce, replayed }: WithdrawalResult): Reply<200 | 202> {
  const isFinal = isFinalStatus(view.status);
  return {
    status: isFinal ? 200 : 202,
    headers: {
      Location: view.links.self,
      ...(isFinal ? {} : { 'Retry-After': '1' }),
      ...(replayed ? REPLAYED : {}),
    },
    body: {
      ...view,
      ...(shownOnce.customerBalance === null ? {} : { customer_balance: shownOnce.customerBalance }),
      ...(shownOnce.maskedAadhaar === null ? {} : { masked_aadhaar: shownOnce.maskedAadhaar }),
    },
  };
}
