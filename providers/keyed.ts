import type { Connector } from '../domain/connectors';
import type { CallSettings } from './caller';
import type { KeyedSettings } from './keyed-settings';

/** What a connector of a keyed provider is made from: its settings and what all connectors get. */
export interface KeyedConnectorOptions extends CallSettings, KeyedSettings {}

/** How each keyed provider's connector is made. `npm run new:provider` adds a line; a test compares the names with those of the settings. */
export const KEYED_CONNECTORS: Readonly<Record<string, (options: KeyedConnectorOptions) => Connector>> = {};
