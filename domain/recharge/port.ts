import type { Provider } from '../provider/provider';
import type { Paise } from '../../platform/money';
import type { DeskAnswer, DispatchCalls, InstructionBase, ProviderCallOptions } from '../provider/calls';

/** Operators and circles under one set of names; a connector translates. */
export interface Operator {
  operator: string;
  circle: string;
}
export interface Plan {
  amountPaise: Paise;
  validity: string | null;
  description: string;
}

export interface RechargeInstruction extends InstructionBase {
  mobile: string;
  operator: string;
  circle: string;
  acceptedAt: Date;
}

/** A provider that may offer this service. */
export interface OffersRecharges extends Provider {
  readonly recharge?: RechargeCalls;
}

/** Prepaid recharge of a mobile number. */
export interface RechargeCalls extends DispatchCalls<RechargeInstruction> {
  operatorOf(mobile: string, options?: ProviderCallOptions): Promise<DeskAnswer<Operator>>;
  plans(mobile: string, at: Operator, options?: ProviderCallOptions): Promise<DeskAnswer<Plan[]>>;
  /**
   * Checks whether the number can be recharged with this amount. Missing if the provider has no such call.
   */
  validate?(
    request: { mobile: string; operator: string; circle: string; amountPaise: Paise },
    options?: ProviderCallOptions,
  ): Promise<DeskAnswer<true>>;
}
