import type { ProviderDefinition } from '../definition';
import { keyedSettings, type KeyedSettings } from '../keyed-settings';
import { createTemplateConnector } from './connector';

export const template: ProviderDefinition<KeyedSettings> = {
  settings: keyedSettings('template'),
  connect: createTemplateConnector,
};
