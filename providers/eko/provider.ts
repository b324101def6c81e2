import type { ProviderDefinition } from '../definition';
import { createEkoConnector } from './connector';
import { settings, type EkoSettings } from './settings';

export const eko: ProviderDefinition<EkoSettings> = { settings, connect: createEkoConnector };
