import type { ProviderDefinition } from '../definition';
import { createRazorpayxConnector } from './connector';
import { settings, type RazorpayxSettings } from './settings';

export const razorpayx: ProviderDefinition<RazorpayxSettings> = {
  settings,
  connect: createRazorpayxConnector,
};
