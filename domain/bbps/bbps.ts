import type { Roads } from '../routing/roads';
import type { TierLimits } from '../standings/standings';
import type { OffersBills } from './port';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import type { Cursors } from '../errors/cursor';
import type { FieldCipher, KeyedDigest } from '../../platform/encryption';
import type { Ids } from '../../platform/ids';
import type { CallbackHints } from '../callbacks/process';
import type { ProviderRegistry } from '../provider/provider';
import type { Policies, PolicyProfile } from '../policies/policies';
import { createAcceptBills, type AcceptBills } from './accept';
import { createCatalogue, type Catalogue } from './catalogue';
import { createComplaintKeeper, type ComplaintKeeper } from './complaint-keeper';
import { createComplaints, type Complaints } from './complaints';
import { createFetches, type Fetches } from './fetches';
import { createBillerNames, type BillerNames } from './payee';
import { createBbpsPolicies, type BbpsPolicies } from './policies';
import { createReceipts, type Receipts } from './receipt';

/** Composes the parts of bill payment. */
export interface Bbps {
  policies: BbpsPolicies;
  catalogue: Catalogue;
  fetches: Fetches;
  billerNames: BillerNames;
  accept: AcceptBills;
  receipts: Receipts;
  complaints: Complaints;
  complaintKeeper: ComplaintKeeper;
  hints: CallbackHints;
  close(): void;
}
export interface BbpsDependencies {
  tiers: Pick<TierLimits, 'cap'>;
  roads: Pick<Roads, 'requireOpen' | 'openFirst'>;
  knex: Knex;
  clock: Clock;
  ids: Ids;
  cipher: FieldCipher;
  digest: KeyedDigest;
  cursors: Cursors;
  providers: ProviderRegistry<OffersBills>;
  policies: Policies;
  profile: PolicyProfile;
  announce?(ids: readonly string[]): void;
  onError?(error: unknown): void;
  onPoint?(point: 'committed'): Promise<void> | void;
}

export async function createBbps(deps: BbpsDependencies): Promise<Bbps> {
  const bbpsPolicies = await createBbpsPolicies(deps);
  const catalogue = createCatalogue({ ...deps, policies: bbpsPolicies });
  const parts = { ...deps, bbpsPolicies, catalogue };
  const fetches = createFetches(parts);
  const complaints = createComplaints(parts);
  return {
    policies: bbpsPolicies,
    catalogue,
    fetches,
    complaints,
    billerNames: createBillerNames(parts),
    complaintKeeper: createComplaintKeeper(parts),
    accept: createAcceptBills(parts),
    receipts: createReceipts(deps),
    hints: {
      bill_fetch: (provider, reference) => fetches.hint(provider, reference),
      bill_complaint: (provider, reference) => complaints.hint(provider, reference),
    },
    close: () => bbpsPolicies.close(),
  };
}
