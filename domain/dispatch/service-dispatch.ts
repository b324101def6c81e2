import type { TransactionId } from '../ids/ids';
import type { Knex } from 'knex';
import type { Asked } from '../routing/rules';
import type { ServiceName } from '../provider/service-name';
import type { Provider } from '../provider/provider';
import type { ReasonCode } from '../provider/reasons';
import type { DispatchCalls, InstructionBase } from '../provider/calls';
import type { ProviderOutcome } from '../provider/outcome';

/**
 * An instruction ready to be prepared, with the parts that the attempt's row keeps: plain strings without
 * personal data, against which callbacks are compared.
 */
export type Instructed =
  | {
      ok: true;
      instruction: InstructionBase;
      refs: Record<string, string>;
      /** Forgets `refs`, which the provider no longer takes, so that the next attempt has them made again. */
      forget?(): Promise<void>;
    }
  | { ok: false; outcome: ProviderOutcome };

/**
 * Makes the instruction of one transaction. It may call the provider first (to register a contact or fund
 * account), because nothing of the transaction exists there yet.
 */
export interface Instruct<P extends Provider = Provider> {
  (base: InstructionBase, connector: P): Promise<Instructed>;
  /** How many calls of the provider it takes before the instruction can be sent; none if it does not say. */
  calls?(connector: P): number;
  /** What rules of routing and stops look at beside the transaction itself. */
  readonly asked?: Pick<Asked, 'class' | 'subject'>;
}

/** The part of sending and inquiring that each service provides. */
export interface ServiceDispatch<P extends Provider = Provider> {
  /** The calls for inquiries that a connector offers for this service. */
  inquiries(connector: P): Pick<DispatchCalls, 'notFound' | 'inquire'> | undefined;
  /**
   * References of first attempts that are not the derived ones (`namesOfAttempt`), by transaction: what was
   * sent can be asked about although its attempt was lost. Missing if there are none.
   */
  firstReferences?(knex: Knex, ids: readonly string[], connector: P): Promise<ReadonlyMap<string, string>>;
  /** Set if a transaction that was certainly not sent is given up, so that there is no second attempt. */
  readonly isSentOnce?: true;
  /**
   * Set if a transaction that waits may go by another provider than it was accepted for: nothing that was agreed with
   * its caller depends on which it is.
   */
  readonly changesRoads?: true;
  /** After a failure it is asked about again, as after a success. */
  readonly asksAfterFailure?: true;
  /** By transaction, until when a payer is waited for (`InquiryTarget`). Missing if there is none. One read for all. */
  payableUntil?(knex: Knex, ids: readonly string[]): Promise<ReadonlyMap<string, Date>>;
  /** The reason given when a transaction waited too long to be sent; TRANSACTION_EXPIRED by default. */
  readonly expiredReason?: ReasonCode;
  /** Missing if nothing is queued because the service calls its provider while the customer waits. */
  sending?: {
    calls(connector: P): DispatchCalls | undefined;
    /** Returns for each transaction the function that makes its instruction. One read for all. */
    read(knex: Knex, ids: readonly string[]): Promise<ReadonlyMap<string, Instruct<P>>>;
    /**
     * Makes the instruction of an attempt again, byte for byte. Missing if the provider has no key that makes
     * a repeat safe.
     */
    repeat?(
      knex: Knex,
      transactionId: TransactionId,
      base: InstructionBase,
      refs: Record<string, string>,
    ): Promise<InstructionBase | undefined>;
  };
}

export type DispatchRegistry<P extends Provider = Provider> = Readonly<
  Partial<Record<ServiceName, ServiceDispatch<P>>>
>;
