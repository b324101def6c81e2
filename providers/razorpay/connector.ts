import type { Connector } from '../../domain/connectors';
import type { NotFoundPolicy } from '../../domain/provider/calls';
import { systemClock, type Clock } from '../../platform/clock';
import { unlistedReporter } from '../caller';
import { checkSignature, webhookSecrets } from '../razorpay-forms';
import { maskedBytes } from './call-log';
import { parseEvent } from './callbacks';
import { createRazorpayClient, type RazorpayClientOptions } from './client';
import { createCollectionCalls } from './collections';
import { RAZORPAY_REASONS } from './reasons';

export interface RazorpayConnectorOptions extends Omit<RazorpayClientOptions, 'clock'> {
  webhookSecret: string;
  /** The secret before the present one, while older events may still be retried under it. */
  previousWebhookSecret?: string;
  /** The page that shows Razorpay's checkout for an order. */
  checkoutUrl: string;
  clock?: Clock;
  /** How not-found is handled; by default the collection fails. */
  notFound?: NotFoundPolicy;
}

/** Collections by Razorpay's payment gateway (README.md beside this file: the contract and what we decided). */
export function createRazorpayConnector(options: RazorpayConnectorOptions): Connector {
  const { keyId, keySecret, webhookSecret, previousWebhookSecret, checkoutUrl } = options;
  const settings = { ...options, clock: options.clock ?? systemClock };
  const secrets = webhookSecrets(webhookSecret, previousWebhookSecret);
  const client = createRazorpayClient(settings);
  return {
    name: 'razorpay',
    reasons: RAZORPAY_REASONS,
    admit: (_service, calls) => client.guard.admit(calls),
    available: () => client.guard.available(),
    collection: createCollectionCalls({
      client,
      clock: settings.clock,
      keyId,
      keySecret,
      checkoutUrl,
      // Nobody was shown an order that we do not know, so nobody can pay it.
      notFound: options.notFound ?? { then: 'fail' },
      onUnlisted: unlistedReporter('razorpay', settings),
    }),
    checkCallback: (headers, raw) => checkSignature(headers, raw, secrets),
    parseCallback: parseEvent,
    maskCallback: maskedBytes,
    close: () => client.close(),
  };
}
