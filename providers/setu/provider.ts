import type { ProviderDefinition } from '../definition';
import { createSetuConnector } from './connector';
import { settings, type SetuSettings } from './settings';

export const setu: ProviderDefinition<SetuSettings> = { settings, connect: createSetuConnector };
