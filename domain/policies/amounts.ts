import { formatRupees, type Paise } from '../../platform/money';
import { fieldError, type ErrorDefinition } from '../errors/errors';
import type { AmountLimit, Policies } from './policies';

/** The refusal of an amount outside its limits. */
export interface AmountRefusal {
  error: ErrorDefinition;
  /** The field; `#/amount` where nothing is said. */
  pointer?: string;
  notInForce: string;
  /** Makes the sentence that states the limits; `from` and `to` are texts in rupees. */
  readonly outside?: (from: string, to: string) => string;
}

/**
 * The limits of one amount of a service and mode, in force at an instant. Throws the DomainError of the
 * refusal.
 */
export function requireAmount(
  policies: Policies,
  asked: { service: string; mode: string; amountPaise: Paise; at: Date },
  { error, pointer = '#/amount', notInForce, outside }: AmountRefusal,
): AmountLimit {
  const { service, mode, amountPaise, at } = asked;
  const limit = policies.amountLimit(service, mode, at);
  if (limit === undefined) throw fieldError(error, pointer, notInForce);
  if (amountPaise >= limit.minPaise && amountPaise <= limit.maxPaise) return limit;
  const [from, to] = [formatRupees(limit.minPaise), formatRupees(limit.maxPaise)];
  throw fieldError(error, pointer, outside?.(from, to) ?? `the amount must be from ${from} to ${to}`);
}
