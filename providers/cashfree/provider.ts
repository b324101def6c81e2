import type { ProviderDefinition } from '../definition';
import { createCashfreeConnector } from './connector';
import { settings, type CashfreeSettings } from './settings';

export const cashfree: ProviderDefinition<CashfreeSettings> = {
  settings,
  connect: createCashfreeConnector,
};
