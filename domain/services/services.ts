import { AEPS } from '../aeps/service';
import { defined } from '../../platform/defined';
import { BILL_PAYMENT } from '../bbps/service';
import { COLLECTION } from '../collection/service';
import type { ToldApartOf } from '../commissions/accrual-sql';
import type { DispatchRegistry } from '../dispatch/service-dispatch';
import { MONEY_TRANSFER } from '../dmt/service';
import type { AccountDirectory } from '../ledger/accounts';
import { PAYOUT } from '../payouts/service';
import { createCreditRules } from '../posting/credit-rules';
import { createDebitRules } from '../posting/debit-rules';
import type { ServiceRegistry } from '../posting/service-rules';
import type { ServiceName } from '../provider/service-name';
import { RECHARGE } from '../recharge/service';
import type { ReceiptRegistry } from '../transactions/receipt';
import type {
  DispatchDependencies,
  MobileDependencies,
  ServiceDefinition,
} from '../service-definition/definition';
import type { TransactionId } from '../ids/ids';

/**
 * The list of services. Shared code learns about a service only from here; the database table `services`
 * lists the same names.
 */
export const SERVICE_DEFINITIONS = {
  payout: PAYOUT,
  dmt: MONEY_TRANSFER,
  bbps: BILL_PAYMENT,
  recharge: RECHARGE,
  aeps: AEPS,
  collection: COLLECTION,
} as const satisfies { readonly [Name in ServiceName]: ServiceDefinition & { readonly name: Name } };

export const ALL_SERVICES: readonly ServiceDefinition[] = Object.values(SERVICE_DEFINITIONS);

/** By what rules of commission may tell the transactions of each service apart. */
export const TOLD_APART: ToldApartOf = Object.fromEntries(
  ALL_SERVICES.map(({ name, details, toldApart }) => [name, { ...toldApart, table: details.table }]),
);

/** What an API key may be allowed to do: to ask for each service, to move money between wallets, to keep users, and to read. */
export const SCOPES = [
  ...Object.values(SERVICE_DEFINITIONS).map(({ scope }) => scope),
  'payouts:release',
  'transactions:read',
  'wallets:read',
  'wallets:write',
  'wallets:pull_back',
  'users:read',
  'users:write',
  'kyc:read',
  'kyc:write',
] as const;
/** To see and end one's own sessions and devices. People who are signed in have it, and no key is given it. */
export const ACCOUNT_SCOPE = 'account';
/** What people who are signed in may do. */
export const SESSION_SCOPES = [...SCOPES, ACCOUNT_SCOPE] as const;
export type Scope = (typeof SESSION_SCOPES)[number];

/** The services whose callbacks always repeat our reference. */
export const SERVICES_WITH_OUR_REFERENCE_IN_CALLBACKS: readonly ServiceName[] = ALL_SERVICES.filter(
  (service) => service.callbacksNameOurReference,
).map(({ name }) => name);

/** The services whose refunds wait for the customer's consent. */
export const CONSENT_REFUND_SERVICES: readonly ServiceName[] = ALL_SERVICES.filter(
  (service) => service.refundedByConsent,
).map(({ name }) => name);

/** What the transactions of every service say of themselves. */
export const RECEIPTS: ReceiptRegistry = Object.fromEntries(
  ALL_SERVICES.map(({ name, receipt }) => [name, receipt]),
);

/** The posting rules of every service. */
export function createPostingRules(deps: { accounts: AccountDirectory }): ServiceRegistry {
  return Object.fromEntries(
    ALL_SERVICES.map(({ name, flow, asksAfterFailure, ...more }) => [
      name,
      {
        ...(flow === 'debit' ? createDebitRules(name, deps) : createCreditRules(name, deps, more)),
        ...defined({ asksAfterFailure }),
      },
    ]),
  );
}

/** How every service is sent and asked about. */
export function createDispatches(deps: DispatchDependencies): DispatchRegistry {
  return Object.fromEntries(
    ALL_SERVICES.map((service) => [
      service.name,
      { ...service.dispatch(deps), ...defined({ asksAfterFailure: service.asksAfterFailure }) },
    ]),
  );
}

/** The mobile number of the customer of a transaction, where its service keeps one. */
export function createMobiles(
  deps: MobileDependencies,
): (service: ServiceName, transactionId: TransactionId) => Promise<string | undefined> {
  return async (name, transactionId) => {
    const service: ServiceDefinition = SERVICE_DEFINITIONS[name];
    return service.mobileOf?.(deps, transactionId);
  };
}
