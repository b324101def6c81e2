import Joi from 'joi';

/**
 * Providers whose settings are a base URL, a key and the secret of their callbacks: MUNIM_<NAME>_BASE_URL, MUNIM_<NAME>_API_KEY, MUNIM_<NAME>_CALLBACK_SECRET. All
 * three are set, or the provider is not there. `npm run new:provider` adds a name.
 */
export const KEYED_PROVIDERS: readonly string[] = [];

export interface KeyedSettings {
  baseUrl: string;
  apiKey: string;
  callbackSecret: string;
}
export type KeyedProviders = Readonly<Record<string, Readonly<KeyedSettings>>>;

const keysOf = (name: string) => ({
  baseUrl: `MUNIM_${name.toUpperCase()}_BASE_URL`,
  apiKey: `MUNIM_${name.toUpperCase()}_API_KEY`,
  callbackSecret: `MUNIM_${name.toUpperCase()}_CALLBACK_SECRET`,
});

/** Settings that may be given as files. */
export function keyedSecrets(names = KEYED_PROVIDERS): string[] {
  return names.flatMap((name) => [keysOf(name).apiKey, keysOf(name).callbackSecret]);
}

/** Adds the settings of these providers to a schema of settings. */
export function withKeyed(schema: Joi.ObjectSchema, names = KEYED_PROVIDERS): Joi.ObjectSchema {
  let all = schema;
  for (const keys of names.map(keysOf)) {
    all = all
      .keys({
        [keys.baseUrl]: Joi.string().uri({ scheme: ['http', 'https'] }),
        [keys.apiKey]: Joi.string().min(8),
        [keys.callbackSecret]: Joi.string().min(8),
      })
      .and(keys.baseUrl, keys.apiKey, keys.callbackSecret);
  }
  return all;
}

/** The settings of those providers that have them. */
export function readKeyed(
  values: Readonly<Record<string, string | undefined>>,
  names = KEYED_PROVIDERS,
): KeyedProviders {
  return Object.freeze(
    Object.fromEntries(
      names.flatMap((name) => {
        const keys = keysOf(name);
        const baseUrl = values[keys.baseUrl];
        return baseUrl === undefined
          ? []
          : [
              [
                name,
                Object.freeze({
                  baseUrl,
                  apiKey: values[keys.apiKey]!,
                  callbackSecret: values[keys.callbackSecret]!,
                }),
              ],
            ];
      }),
    ),
  );
}

/** For people: secrets are replaced. */
export function redactedKeyed(keyed: KeyedProviders): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(keyed).map(([name, { baseUrl }]) => [
      name,
      { baseUrl, apiKey: '***', callbackSecret: '***' },
    ]),
  );
}
