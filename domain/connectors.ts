import type { OffersAeps } from './aeps/port';
import type { OffersBills } from './bbps/port';
import type { OffersTransfers } from './dmt/port';
import type { OffersPayouts } from './payouts/port';
import type { OffersCollection } from './collection/port';
import type { OffersRecharges } from './recharge/port';
import type { OffersRefunds } from './refunds/port';
import type { OffersValidations } from './validations/port';
import type { ProviderRegistry } from './provider/provider';

/** Everything that one outside company can do for us. A service that it does not offer is missing. */
export type Connector = OffersPayouts &
  OffersCollection &
  OffersTransfers &
  OffersBills &
  OffersRecharges &
  OffersAeps &
  OffersRefunds &
  OffersValidations;

export type ConnectorRegistry = ProviderRegistry<Connector>;
