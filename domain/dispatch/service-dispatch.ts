import type { Knex } from 'knex';
import type { ServiceName } from '../provider/service-name';
import type { Provider } from '../provider/provider';
import type { DispatchCalls, InstructionBase } from '../provider/calls';
import type { ProviderOutcome } from '../provider/outcome';

/**
 * An instruction ready to be prepared, and the parts of it that the attempt's row keeps: plain strings
 * without personal data, with which callbacks are compared.
 */
export type Instructed =
  | { ok: true; instruction: InstructionBase; refs: Record<string, string> }
  | { ok: false; outcome: ProviderOutcome };

/**
 * Makes the instruction of one transaction. It may call the provider first (a contact, a fund account), since
 * nothing of the transaction exists there yet.
 */
export type Instruct<P extends Provider = Provider> = (
  base: InstructionBase,
  connector: P,
) => Promise<Instructed>;

/** The part of sending and asking that each service provides. */
export interface ServiceDispatch<P extends Provider = Provider> {
  /** The calls for inquiries that a connector offers for this service. */
  inquiries(connector: P): Pick<DispatchCalls, 'notFound' | 'inquire'> | undefined;
  /** Why a transaction ends that waited too long to be sent; TRANSACTION_EXPIRED by default. */
  readonly expiredReason?: string;
  /** Missing where nothing is queued: the service calls its provider while the customer waits. */
  sending?: {
    calls(connector: P): DispatchCalls | undefined;
    /** For each of these transactions, how its instruction is made. One read for all. */
    read(knex: Knex, ids: readonly string[]): Promise<ReadonlyMap<string, Instruct<P>>>;
    /**
     * The instruction of an attempt once more, byte for byte. Missing where the provider has no key that
     * makes a repeat safe.
     */
    repeat?(
      knex: Knex,
      transactionId: string,
      base: InstructionBase,
      refs: Record<string, string>,
    ): Promise<InstructionBase | undefined>;
  };
}

export type DispatchRegistry<P extends Provider = Provider> = Readonly<
  Partial<Record<ServiceName, ServiceDispatch<P>>>
>;
