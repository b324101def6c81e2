import type Joi from 'joi';
import { isPublic, networkList, networksIn, type Environment } from '../platform/settings';
import type { ProviderDefinition } from './definition';
import { PROVIDERS, type ProvidersConfig } from './list';

/** The settings of all providers of the list as one part of the configuration. */

type Listed = Readonly<Record<string, Pick<ProviderDefinition<unknown>, 'settings'>>>;
type Configured = Readonly<Record<string, unknown>>;

const LISTED = PROVIDERS as Listed;

/** Keys that may be given as files. */
export function providerSecrets(listed = LISTED): string[] {
  return Object.values(listed).flatMap(({ settings }) => settings.secrets);
}

/** Adds the settings of the providers to a schema. */
export function withProviders(schema: Joi.ObjectSchema, listed = LISTED): Joi.ObjectSchema {
  return Object.values(listed).reduce(
    (joined, { settings: { keys, areAllOrNone, optional = [] } }) => {
      const added = joined.keys({ ...keys });
      if (!areAllOrNone) return added;
      const [needed, ...others] = Object.keys(keys).filter((key) => !optional.includes(key));
      const together = added.and(needed!, ...others);
      return optional.reduce((given, key) => given.with(key, needed!), together);
    },
    schema.keys(
      Object.fromEntries(Object.keys(listed).map((name) => [callbackAddressesKey(name), networkList])),
    ),
  );
}

const callbackAddressesKey = (name: string): string => `MUNIM_${name.toUpperCase()}_CALLBACK_ADDRESSES`;

/** From where each provider posts its callbacks, as networks; an empty list for one that may from anywhere. */
export function readCallbackAddresses(values: Environment, listed = LISTED): Record<string, string[]> {
  return Object.fromEntries(
    Object.keys(listed).map((name) => [name, networksIn(values[callbackAddressesKey(name)])]),
  );
}

/** The settings of those providers that have them, out of values that were checked. */
export function readProviders(values: Environment, listed = LISTED): ProvidersConfig {
  const configured = Object.entries(listed).flatMap(([name, { settings }]) =>
    Object.keys(settings.keys).some((key) => values[key] !== undefined)
      ? [[name, settings.read(values)]]
      : [],
  );
  return Object.freeze(Object.fromEntries(configured) as ProvidersConfig);
}

/** For people: secrets are replaced. */
export function redactedProviders(config: ProvidersConfig, listed = LISTED): Record<string, unknown> {
  return Object.fromEntries(
    configuredOf(config, listed).map(([name, settings, own]) => [name, settings.redact(own)]),
  );
}

/** The settings that production must not run with. */
export function problemsInProduction(config: ProvidersConfig, listed = LISTED): string[] {
  return configuredOf(config, listed).flatMap(([, settings, own]) => settings.problemInProduction(own) ?? []);
}

/** What a rehearsal of production must not run with: a provider that could move real money. */
export function problemsInRehearsal(config: ProvidersConfig, listed = LISTED): string[] {
  return configuredOf(config, listed).flatMap(([name, settings, own]) => [
    ...(settings.hasLiveKeys?.(own) === true ? [`a rehearsal refuses the live keys of ${name}`] : []),
    ...(urlsIn(own).some(isPublic)
      ? [`a rehearsal refuses ${name} on a public host: its addresses must be those of a sandbox of yours`]
      : []),
  ]);
}

function urlsIn(value: unknown): string[] {
  if (typeof value === 'string') return /^https?:\/\//i.test(value) ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(urlsIn) : [];
}

/**
 * The unguessable part of the callback address of each configured provider that does not sign its callbacks.
 */
export function callbackTokensOf(config: ProvidersConfig, listed = LISTED): Record<string, string> {
  return Object.fromEntries(
    configuredOf(config, listed).flatMap(([name, settings, own]) =>
      settings.callbackToken === undefined ? [] : [[name, settings.callbackToken(own)]],
    ),
  );
}

function configuredOf(
  config: Configured,
  listed: Listed,
): [name: string, settings: Listed[string]['settings'], own: unknown][] {
  return Object.entries(config).map(([name, own]) => [name, listed[name]!.settings, own]);
}
