import type { TransactionId } from '../../domain/ids/ids';
import { requireScope, type Caller } from '../../domain/auth/api-keys';
import { OTP_ERRORS } from '../../domain/otp/errors';
import { REFUND_ERRORS } from '../../domain/refunds/errors';
import type { ServiceName } from '../../domain/provider/service-name';
import type { Refunds } from '../../domain/refunds/refunds';
import { CONSENT_REFUND_SERVICES, SERVICE_DEFINITIONS, type Scope } from '../../domain/services/services';
import { queuedWork } from '../../jobs/due';
import { publicId } from '../../platform/ids';
import type { Wake } from '../../platform/wake';
import { refund, refundOtp } from '../answers/common';
import { found } from '../registry/answers';
import { idOf, idParameter } from '../registry/parameters';
import { ok, reply } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import { emptyBody, refundBody } from '../schemas/refunds';

export interface RefundRouteDependencies {
  refunds: Refunds;
  wake: Wake;
}
const route = routesOf<RefundRouteDependencies>();

/** A key that may send a service's transactions may have them refunded. */
const scopeOf = (service: ServiceName): Scope => SERVICE_DEFINITIONS[service].scope;
const [SCOPE, ...OTHER_SCOPES] = CONSENT_REFUND_SERVICES.map(scopeOf) as [Scope, ...Scope[]];

const COMMON = {
  method: 'POST',
  tag: 'Refunds',
  access: key(SCOPE, ...OTHER_SCOPES),
  limits: 'desk',
  idempotency: 'none',
  params: { id: idParameter('transaction', 'TRANSACTION_NOT_FOUND') },
  problems: [
    'TRANSACTION_NOT_FOUND',
    'PROVIDER_UNAVAILABLE',
    'RATE_LIMITED',
    ...Object.values(REFUND_ERRORS),
    ...Object.values(OTP_ERRORS),
  ],
} as const;

/**
 * Refunds against the customer's one-time password, of every service. The provider is asked while the
 * customer waits.
 */
export const refundRoutes = [
  route({
    ...COMMON,
    path: '/v1/transactions/{id}/refund-otp',
    summary: 'Send the password of a refund',
    body: json(emptyBody),
    answers: found('It was sent', refundOtp),
    examples: [{ summary: 'The body is empty', body: {} }],
    handle: async ({ caller, params: { id } }, { refunds }) => {
      await requireServiceScope(refunds, caller, id);
      const { otpId } = await refunds.sendOtp(caller.userId, id);
      const transaction = publicId('transaction', id);
      return ok({ object: 'refund_otp', transaction, otp_reference: publicId('dmtOtp', otpId) });
    },
  }),
  route({
    ...COMMON,
    path: '/v1/transactions/{id}/refund',
    summary: 'Give the money back, with that password',
    body: json(refundBody),
    answers: {
      202: {
        description: 'It is refunded, or will be; follow the transaction',
        schema: refund,
        headers: { Location: 'The transaction' },
      },
    },
    examples: [
      { summary: 'With the password', body: { otp: '123456' } },
      {
        summary: 'With the password that was sent last but one',
        body: { otp: '123456', otp_reference: 'otp_01k3h8j2v4e6g8j0m2p4r6t8vx' },
      },
    ],
    handle: async ({ caller, params: { id }, body: { otp, otp_reference: reference } }, deps) => {
      const otpId =
        reference === undefined ? undefined : idOf('dmtOtp', reference, REFUND_ERRORS.REFUND_OTP_MISSING);
      await requireServiceScope(deps.refunds, caller, id);
      const { result, due } = await deps.refunds.refund(caller.userId, id, { otp, otpId });
      await deps.wake(due.map(queuedWork));
      const transaction = publicId('transaction', id);
      const self = `/v1/transactions/${transaction}`;
      const body = {
        object: 'refund',
        transaction,
        status: result === 'refunded' ? 'REFUNDED' : 'PENDING',
        links: { transaction: self },
      };
      return reply(202, body, { Location: self });
    },
  }),
];

async function requireServiceScope(refunds: Refunds, caller: Caller, id: TransactionId): Promise<void> {
  requireScope(caller, scopeOf(await refunds.serviceOf(caller.userId, id)));
}
