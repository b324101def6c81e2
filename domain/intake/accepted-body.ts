import { publicId } from '../../platform/ids';
import { paiseToJson, type Paise } from '../../platform/money';
import type { ServiceName } from '../provider/service-name';

/**
 * The bytes of the answer to a request with one transaction. Amounts in paise; `more` is what the service
 * adds.
 */
export function acceptedBody(
  t: {
    id: string;
    service: ServiceName;
    amountPaise: Paise;
    feePaise: Paise;
    taxPaise: Paise;
    chargePaise: Paise;
    currency: string;
    reference: string;
    createdAt: Date;
  },
  more: object = {},
): string {
  const id = publicId('transaction', t.id);
  return JSON.stringify({
    id,
    object: 'transaction',
    service: t.service,
    status: 'PENDING',
    amount: paiseToJson(t.amountPaise),
    currency: t.currency,
    fee: paiseToJson(t.feePaise),
    tax: paiseToJson(t.taxPaise),
    ...(t.chargePaise === 0n ? {} : { charge: paiseToJson(t.chargePaise) }),
    reference: t.reference,
    ...more,
    created_at: t.createdAt.toISOString(),
    links: { self: `/v1/transactions/${id}`, events: `/v1/transactions/${id}/events` },
  });
}
