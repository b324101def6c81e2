import type { Knex } from 'knex';
import type { TransactionId } from '../ids/ids';
import type { DigestedColumns, FieldCipher, SealedColumn } from '../../platform/encryption';
import type { Beneficiaries } from '../beneficiaries/beneficiaries';
import type { ToldApart } from '../commissions/accrual-sql';
import type { ServiceDispatch } from '../dispatch/service-dispatch';
import type { ErrorDefinition } from '../errors/errors';
import type { CheckGroup } from '../promises/check';
import type { ServiceName } from '../provider/service-name';
import type { ReceiptRules } from '../transactions/receipt';

/**
 * Which way the money goes: a wallet pays (`debit`), or it is paid (`credit`). The posting recipes follow
 * from it, and so does what verification expects. Table `services` says the same.
 */
export type Flow = 'debit' | 'credit';

/**
 * The table with one row for each transaction of a service: what its instruction needs beyond the transaction
 * itself.
 */
export interface DetailsTable {
  readonly table: string;
  /** For people: "has no row of its …". */
  readonly of: string;
  /** Begins the name of a row in the findings of verification. */
  readonly row: string;
  /** The column in which it repeats the amount of its transaction, if it does. */
  readonly amountColumn?: string;
}

export interface DispatchDependencies {
  knex: Knex;
  cipher: FieldCipher;
  beneficiaries: Beneficiaries;
}

export type MobileDependencies = Pick<DispatchDependencies, 'knex' | 'cipher'>;

/**
 * All that the shared parts know of a service. It is declared in the service's folder (`service.ts`) and
 * listed in `domain/services/services.ts`; scopes, posting rules, dispatch, error codes, verification and
 * callbacks are derived from that list.
 */
export interface ServiceDefinition {
  readonly name: ServiceName;
  readonly flow: Flow;
  /** The scope that an API key needs to ask for it. */
  readonly scope: `${string}:write`;
  readonly errors: Readonly<Record<string, ErrorDefinition>>;
  readonly details: DetailsTable;
  /** By what rules of commission may tell its transactions apart. */
  readonly toldApart?: ToldApart;
  /** What a transaction of it says of itself to its caller. */
  readonly receipt: ReceiptRules;
  /** Every column of its tables that holds sealed texts. */
  readonly sealed: readonly SealedColumn[];
  /** The keyed digests of its tables that follow from those; a rotation makes them anew. */
  readonly digests: readonly DigestedColumns[];
  /** Rules of its own that verification checks beside the shared ones. */
  readonly checks: readonly CheckGroup[];
  /**
   * True where callbacks repeat our reference. One that does not is looked up by the provider's, at the attempt;
   * elsewhere at the transaction as well.
   */
  readonly callbacksNameOurReference: boolean;
  /**
   * True where a customer's one-time password may bring back what failed after the provider took the money
   * (`domain/refunds`).
   */
  readonly refundedByConsent: boolean;
  /**
   * Set where somebody else pays, who may still do so after it has failed: then the provider is asked again at the
   * delays at which a success is, since a hint of it may be lost.
   */
  readonly asksAfterFailure?: true;
  /** Set where the provider keeps its fee of a payment that it gives back, as payment gateways do. */
  readonly isProviderFeeKept?: true;
  /** The customer's mobile number, to which the password of such a refund goes; undefined when it has none. */
  mobileOf?(deps: MobileDependencies, transactionId: TransactionId): Promise<string | undefined>;
  /** How its instruction is made, sent and asked about. */
  dispatch(deps: DispatchDependencies): ServiceDispatch;
}
