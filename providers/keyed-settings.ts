import Joi from 'joi';
import { httpUrl, isPublic, settingGroup } from '../platform/settings';
import type { CallSettings } from './caller';
import type { ProviderSettings } from './definition';

export interface KeyedSettings {
  baseUrl: string;
  apiKey: string;
  callbackSecret: string;
}

/** The settings and options from which the connector of a keyed provider is made. */
export type KeyedConnectorOptions = KeyedSettings & CallSettings;

/**
 * The settings of a provider that has a base URL, a key and the secret of its callbacks:
 * MUNIM_<NAME>_BASE_URL, MUNIM_<NAME>_API_KEY, MUNIM_<NAME>_CALLBACK_SECRET.
 */
export function keyedSettings(name: string): ProviderSettings<KeyedSettings> {
  const prefix = `MUNIM_${name.toUpperCase()}`;
  const secret = Joi.string().min(8);
  return {
    ...settingGroup({
      baseUrl: { key: `${prefix}_BASE_URL`, rule: httpUrl },
      apiKey: { key: `${prefix}_API_KEY`, rule: secret, isSecret: true },
      callbackSecret: { key: `${prefix}_CALLBACK_SECRET`, rule: secret, isSecret: true },
    }),
    areAllOrNone: true,
    problemInProduction: ({ baseUrl }) =>
      isPublic(baseUrl)
        ? undefined
        : `production refuses the sandbox: ${prefix}_BASE_URL must be https on a public host`,
  };
}
