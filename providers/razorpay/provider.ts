import type { ProviderDefinition } from '../definition';
import { createRazorpayConnector } from './connector';
import { settings, type RazorpaySettings } from './settings';

export const razorpay: ProviderDefinition<RazorpaySettings> = {
  settings,
  connect: createRazorpayConnector,
};
