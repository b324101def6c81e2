import type { ProviderDefinition } from './definition';
import { eko } from './eko/provider';
import { razorpay } from './razorpay/provider';
import { razorpayx } from './razorpayx/provider';
import { setu } from './setu/provider';
import { cashfree } from './cashfree/provider';

/** Every provider, by its name. `npm run new:provider` adds one (docs/adding-a-provider.md). */
export const PROVIDERS = {
  razorpayx,
  eko,
  setu,
  cashfree,
  razorpay,
};

/** The settings of the providers that are configured, by their names. */
export type ProvidersConfig = {
  readonly [N in keyof typeof PROVIDERS]?: (typeof PROVIDERS)[N] extends ProviderDefinition<infer S>
    ? Readonly<S>
    : never;
};
