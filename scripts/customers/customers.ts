import type { ServiceName } from '../../domain/provider/service-name';
import { BILLS } from './bills';
import type { CounterBook, Customer } from './customer';
import { PAYOUTS } from './payouts';
import { RECHARGES } from './recharges';
import { TRANSFERS } from './transfers';
import { WITHDRAWALS } from './withdrawals';

/** The customers of every service that is asked for. */
export const CUSTOMERS = [PAYOUTS, BILLS, RECHARGES, TRANSFERS, WITHDRAWALS] as const;
/** A service that somebody asks for. */
export type AskedService = (typeof CUSTOMERS)[number]['service'];

/** Throws RangeError for a service that nobody asks for. */
export function customerOf(service: ServiceName): Customer {
  const found = CUSTOMERS.find((customer) => customer.service === service);
  if (found === undefined) throw new RangeError(`nobody asks for ${service}`);
  return found;
}

/**
 * The book of the provider that a service of the counter goes to. Throws RangeError where it has none of its
 * own.
 */
export function bookOf(service: ServiceName): CounterBook {
  const { book } = customerOf(service);
  if (book === undefined) throw new RangeError(`the book of ${service} is read by itself`);
  return book;
}
