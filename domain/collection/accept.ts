import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import type { KeyedDigest } from '../../platform/encryption';
import { int4, int8, table, text, timestamptz, uuid } from '../../platform/sql';
import type { Caller } from '../auth/api-keys';
import type { UserId } from '../ids/ids';
import { createAcceptance, type Accepted } from '../intake/accept';
import type { NewRequest, ServiceDetails } from '../intake/accepted-rows';
import { newRequest, partId, type Order } from '../intake/new-request';
import { requireAmount } from '../policies/amounts';
import type { Policies } from '../policies/policies';
import type { Roads } from '../routing/roads';
import type { TierLimits } from '../standings/standings';
import { requireCollections, type CollectionProviders } from './calls';
import type { CollectionRequest } from './collection';
import { COLLECTION_ERRORS } from './errors';
import type { CollectionRules } from './rules';

export interface AcceptCollections {
  /**
   * Resolves after the commit; nothing moves before somebody has paid. Throws what Acceptance.accept throws, and
   * DomainError COLLECTION_AMOUNT_OUT_OF_RANGE, SERVICE_UNAVAILABLE.
   */
  accept(caller: Caller, idempotencyKey: string, request: CollectionRequest): Promise<Accepted>;
}

export interface AcceptCollectionsDependencies {
  knex: Knex;
  clock: Clock;
  tiers: Pick<TierLimits, 'cap'>;
  roads: Pick<Roads, 'requireOpen'>;
  policies: Policies;
  digest: KeyedDigest;
  providers: CollectionProviders;
  rules: Pick<CollectionRules, 'times' | 'charge'>;
  /** By which they go. */
  provider: string;
  onPoint?(point: 'committed'): Promise<void> | void;
}

interface Details extends Pick<CollectionRequest, 'kind' | 'amountPaise' | 'returnUrl'> {
  userId: UserId;
  feeBps: number;
  expiresAt: Date;
  payableUntil: Date;
  createdAt: Date;
}

export function createAcceptCollections(deps: AcceptCollectionsDependencies): AcceptCollections {
  const acceptance = createAcceptance<Details>({ ...deps, details: DETAILS });
  return {
    accept(caller, idempotencyKey, request) {
      const order = { caller, key: idempotencyKey, hashes: hashRequest(deps.digest, request) };
      return acceptance.accept(order, () => buildRequest(deps, order, request));
    },
  };
}

const DETAILS: ServiceDetails<Details> = {
  table: table('collection_orders', {
    transaction_id: uuid((o) => o.id),
    user_id: uuid((o) => o.details.userId),
    kind: text((o) => o.details.kind),
    amount_paise: int8((o) => o.details.amountPaise),
    fee_bps: int4((o) => o.details.feeBps),
    return_url: text((o) => o.details.returnUrl),
    expires_at: timestamptz((o) => o.details.expiresAt),
    payable_until: timestamptz((o) => o.details.payableUntil),
    created_at: timestamptz((o) => o.details.createdAt),
  }),
};

function buildRequest(
  deps: AcceptCollectionsDependencies,
  order: Order,
  { kind, amountPaise, currency, reference, returnUrl }: CollectionRequest,
): NewRequest<Details> {
  const { clock, policies, provider, providers, rules } = deps;
  const at = clock.now();
  requireAmount(
    policies,
    { service: 'collection', mode: kind, amountPaise, at },
    {
      error: COLLECTION_ERRORS.COLLECTION_AMOUNT_OUT_OF_RANGE,
      notInForce: 'collections of this kind are not in force',
    },
  );
  requireCollections(providers, provider);
  const { bps: feeBps, feePaise, taxPaise } = rules.charge(kind, amountPaise, at);
  const { payWithinMs, finishWithinMs } = rules.times(at);
  const expiresAt = addMs(at, payWithinMs);
  return newRequest(
    order,
    { service: 'collection', currency, reference, at, policies },
    {
      provider,
      amountPaise,
      feePaise,
      taxPaise,
      chargePaise: 0n,
      limitKey: null,
      limitCapPaise: null,
    },
    {
      id: partId(order, at),
      shown: { collection: { kind, expires_at: expiresAt.toISOString() } },
      details: {
        userId: order.caller.userId,
        kind,
        amountPaise,
        feeBps,
        returnUrl,
        expiresAt,
        payableUntil: addMs(expiresAt, finishWithinMs),
        createdAt: at,
      },
    },
  );
}

/** A keyed digest of the canonical request, with which a second use of the key is compared. */
function hashRequest(digest: KeyedDigest, r: CollectionRequest): readonly Buffer[] {
  return digest.every(
    'request',
    JSON.stringify(['collection', r.kind, r.amountPaise.toString(), r.currency, r.reference, r.returnUrl]),
  );
}
