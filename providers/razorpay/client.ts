import type { ProviderCallOptions } from '../../domain/provider/calls';
import type { Reply } from '../answers';
import type { CallGuard } from '../call-guard';
import { createCaller, type CallSettings } from '../caller';
import { basicAuthorization } from '../razorpay-forms';
import { parseJson } from '../reading';
import { masked, routeOf } from './call-log';
import { isSetupFault } from './transformers';

export interface RazorpayClientOptions extends CallSettings {
  baseUrl: string;
  keyId: string;
  keySecret: string;
}

export type Operation = 'order' | 'order_by_id' | 'order_by_receipt' | 'payments_of_order';

export interface Call {
  method: 'GET' | 'POST';
  path: string;
  body?: string;
  /** Identifies the transaction's attempt in the API log. */
  ourReference?: string;
}

export interface RazorpayClient {
  call(operation: Operation, call: Call, options?: ProviderCallOptions): Promise<Reply>;
  guard: CallGuard;
  close(): Promise<void>;
}

/** Calls with HTTP Basic. Throws TypeError for a key that cannot be one. */
export function createRazorpayClient(options: RazorpayClientOptions): RazorpayClient {
  const authorization = basicAuthorization(options.keyId, options.keySecret);
  const caller = createCaller(
    {
      provider: 'razorpay',
      company: 'Razorpay',
      baseUrl: options.baseUrl,
      exchange: async (send) => ({ result: await send({ authorization }) }),
      isSetupFault: ({ status, text }) => isSetupFault(parseJson(text), status),
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
