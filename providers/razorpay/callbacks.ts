import type { ParsedCallback } from '../../domain/provider/callback';
import { DomainError } from '../../domain/errors/errors';
import { defined } from '../../platform/defined';
import { readEvent } from '../razorpay-forms';
import { isFields, parseJsonBytes, type Reading } from '../reading';
import { readOrder, readPayment } from './schemas';
import { EVENTS } from './transformers';

/**
 * A webhook's meaning: an order has changed, and Razorpay is asked what. Never more, though it is signed: events
 * come late, twice and in any order, a payment is one of several tries, and its amount may be another than the
 * order's. Events of anything else, and payments without an order, have no target. Throws DomainError
 * CALLBACK_MALFORMED.
 */
export function parseEvent(raw: Buffer): ParsedCallback {
  const { event, payload } = valueOf(readEvent(parseJsonBytes(raw)), '');
  if (!EVENTS.has(event)) return { event };
  const entityOf = (name: string): unknown => (isFields(payload[name]) ? payload[name].entity : undefined);
  if (event.startsWith('order.')) {
    const { id, receipt } = valueOf(readOrder(entityOf('order')), 'payload.order.entity.');
    return { event, target: { providerReference: id, ...defined({ ourReference: receipt }) } };
  }
  const { orderId } = valueOf(readPayment(entityOf('payment')), 'payload.payment.entity.');
  return orderId === undefined ? { event } : { event, target: { providerReference: orderId } };
}

function valueOf<T>(reading: Reading<T>, where: string): T {
  if (reading.ok) return reading.value;
  throw new DomainError('CALLBACK_MALFORMED', {
    detail: `the field ${where}${reading.field} is missing or wrong`,
  });
}
