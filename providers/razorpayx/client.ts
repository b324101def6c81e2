import type { ProviderCallOptions } from '../../domain/provider/calls';
import type { Reply } from '../answers';
import type { CallGuard } from '../call-guard';
import { createCaller, type CallSettings } from '../caller';
import { basicAuthorization } from '../razorpay-forms';
import { parseJson } from '../reading';
import { masked, routeOf } from './call-log';
import { isSetupFault } from './transformers';

export interface RazorpayxClientOptions extends CallSettings {
  baseUrl: string;
  keyId: string;
  keySecret: string;
}

export type Operation =
  | 'contact'
  | 'contact_activation'
  | 'fund_account'
  | 'fund_account_activation'
  | 'payout'
  | 'payout_by_id'
  | 'payout_by_reference'
  | 'payouts'
  | 'statement'
  | 'balances'
  | 'validation'
  | 'validation_by_id'
  | 'validations';

export interface Call {
  method: 'GET' | 'POST' | 'PATCH';
  path: string;
  body?: string;
  headers?: Record<string, string>;
  /** Identifies the transaction's attempt in the API log. */
  ourReference?: string;
}

export interface RazorpayxClient {
  call(operation: Operation, call: Call, options?: ProviderCallOptions): Promise<Reply>;
  guard: CallGuard;
  close(): Promise<void>;
}

/** Calls with HTTP Basic. Throws TypeError for a key that cannot be one. */
export function createRazorpayxClient(options: RazorpayxClientOptions): RazorpayxClient {
  const { baseUrl, keyId, keySecret } = options;
  const authorization = basicAuthorization(keyId, keySecret);
  const caller = createCaller(
    {
      provider: 'razorpayx',
      company: 'Razorpay',
      baseUrl,
      exchange: async (send) => ({ result: await send({ authorization }) }),
      isSetupFault: ({ status, text }, { operation }) =>
        status === 400 && isSetupFault(parseJson(text), operation === 'payout' ? 'payout' : 'registration'),
      mask: masked,
    },
    options,
  );
  return {
    call: (operation, call, callOptions) =>
      caller.call({ operation, route: routeOf(call.path), ...call }, callOptions),
    guard: caller.guard,
    close: () => caller.close(),
  };
}
