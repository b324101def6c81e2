import type { ServiceName } from '../../domain/provider/service-name';
import { BILLS } from './bills';
import type { CounterBook, Customer } from './customer';
import { PAYOUTS } from './payouts';
import { RECHARGES } from './recharges';
import { TRANSFERS } from './transfers';
import { WITHDRAWALS } from './withdrawals';

/** One customer for each service. */
export const CUSTOMERS = [PAYOUTS, BILLS, RECHARGES, TRANSFERS, WITHDRAWALS] as const;
/** A service that has a customer. */
export type AskedService = (typeof CUSTOMERS)[number]['service'];

/** Throws RangeError for a service without a customer. */
export function customerOf(service: ServiceName): Customer {
  const found = CUSTOMERS.find((customer) => customer.service === service);
  if (found === undefined) throw new RangeError(`nobody asks for ${service}`);
  return found;
}

/** The book of the provider that serves a counter service. Throws RangeError if the service has none. */
export function bookOf(service: ServiceName): CounterBook {
  const { book } = customerOf(service);
  if (book === undefined) throw new RangeError(`the book of ${service} is read by itself`);
  return book;
}
