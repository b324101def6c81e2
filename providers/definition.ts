import Joi from 'joi';
import type { Connector } from '../domain/connectors';
import type { SettingGroup } from '../platform/settings';
import type { CallSettings } from './caller';

/** The settings of one provider, and what must hold of them. */
export interface ProviderSettings<S> extends SettingGroup<S> {
  /**
   * All of its keys but the optional ones are set, or none, and then there is no such provider here. Otherwise
   * the rules of the keys decide.
   */
  areAllOrNone: boolean;
  /** A setting that production must not run with: a sandbox, a test key. Undefined when nothing is wrong. */
  problemInProduction(settings: S): string | undefined;
  /**
   * True if its keys move real money. A rehearsal refuses them whatever they are sent to; a provider whose keys
   * do not tell leaves it out.
   */
  hasLiveKeys?(settings: S): boolean;
  /** The unguessable part of the address that callbacks come to, of a provider that does not sign them. */
  callbackToken?(settings: S): string;
}

/**
 * A provider is a value: its settings, and how its connector is made from them. Its name is its key in the
 * list.
 */
export interface ProviderDefinition<S> {
  settings: ProviderSettings<S>;
  connect(options: S & CallSettings): Connector;
}

/** The rule of a callback token: callbacks that nobody signs come to /callbacks/{provider}/{token}. */
export const callbackTokenRule = Joi.string().pattern(/^[\w-]{24,200}$/, '24 to 200 letters, digits, _ or -');
