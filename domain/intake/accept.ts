import type { Knex } from 'knex';
import { requireService, type Caller } from '../auth/api-keys';
import type { Clock } from '../../platform/clock';
import { sqlState } from '../../platform/database';
import { requireWithinTier, type TierLimits } from '../standings/standings';
import { DomainError } from '../errors/errors';
import { isDigestOf } from '../../platform/encryption';
import { aloneAfter, createGather } from '../../platform/gather';
import type { Due } from '../lifecycle/due';
import {
  findByKey,
  insertAccepted,
  type InsertVerdict,
  type NewRequest,
  type ServiceDetails,
} from './accepted-rows';
import type { Order } from './new-request';
import type { Roads } from '../routing/roads';

/**
 * Accepting a request of any service. A service's `accept` digests the request, makes the `Order` of it, and
 * calls:
 *
 *   accept(order, build)
 *     findFirst         with `lookFirst` only: if the same request was accepted before, nothing is priced
 *     build()           the service checks, prices and seals; an earlier acceptance outweighs its error
 *     gather            concurrent requests go into one insert, sorted by caller and key (accepted-rows.ts):
 *       details.prepare   what the service's rows point to is stored, where it is missing
 *       details.admit     the service may refuse under a lock
 *       details.table     the service's own rows, in the statement that inserts request and transaction
 *     the commit, and only then the 202: the bytes of the first answer, for a repeat too
 */
export interface Accepted {
  /** The request's id: that of its only transaction, or of the parent of several. */
  id: string;
  /** The bytes of the first 202. */
  body: string;
  replayed: boolean;
  /** The hold of each of its transactions. */
  due: Due[];
}

/** An order, and which services its caller may use. */
type AllowedOrder = Order & { caller: Pick<Caller, 'services' | 'standing'> };

export interface Acceptance<D> {
  /**
   * Resolves after the commit. `build` checks and prices; what it throws is thrown, unless the same request
   * was accepted before: what was accepted stays accepted, also when a limit or a price would refuse it
   * today. Throws DomainError IDEMPOTENCY_KEY_REUSED (same key, other content), TRANSACTION_REFERENCE_TAKEN,
   * IDEMPOTENCY_IN_PROGRESS, SERVICE_UNAVAILABLE, SERVICE_NOT_ACTIVE, KYC_LIMIT_EXCEEDED, ROUTE_STOPPED.
   */
  accept(order: AllowedOrder, build: () => NewRequest<D> | Promise<NewRequest<D>>): Promise<Accepted>;
}

const LOCK_TIMEOUT = '55P03';

export function createAcceptance<D>(deps: {
  knex: Knex;
  clock: Clock;
  tiers: Pick<TierLimits, 'cap'>;
  roads: Pick<Roads, 'requireOpen'>;
  details: ServiceDetails<D>;
  /** For services whose `build` asks a provider, which a repeat need not do. */
  lookFirst?: boolean;
  onPoint?(point: 'committed'): Promise<void> | void;
}): Acceptance<D> {
  const gather = createGather<NewRequest<D>, InsertVerdict>(
    (list) => insertAccepted(deps.knex, deps.details, list),
    {
      maxBatch: 200,
      maxRunning: 2,
      onBatchError: ALONE_AFTER_ERRORS,
      fairBy: ({ userId }) => userId,
    },
  );
  return {
    async accept(order, build) {
      const first = deps.lookFirst === true ? await findFirst(deps.knex, order) : undefined;
      if (first !== undefined) return first;
      const request = await buildOrReplay(deps, order, build);
      if ('replayed' in request) return request;
      const verdict = await gather(request);
      switch (verdict.kind) {
        case 'inserted':
          await deps.onPoint?.('committed');
          return {
            id: request.id,
            body: request.acceptedBody,
            replayed: false,
            due: request.transactions.map((t): Due => ({ job: 'hold', id: t.id, driveNo: 0 })),
          };
        case 'replay':
          return { id: verdict.id, body: verdict.body, replayed: true, due: [] };
        case 'key_reused':
          throw new DomainError('IDEMPOTENCY_KEY_REUSED', {
            detail: 'this Idempotency-Key was used with another request; use a fresh key for a new one',
          });
        case 'reference_taken':
          throw referenceTaken();
        case 'in_progress':
          throw new DomainError('IDEMPOTENCY_IN_PROGRESS', { retryAfterS: 1 });
        case 'refused':
          throw verdict.error;
      }
    },
  };
}

/** The caller's reference belongs to another transaction. */
export function referenceTaken(): DomainError {
  return new DomainError('TRANSACTION_REFERENCE_TAKEN', {
    detail: 'the reference was used for another transaction; a reference names one transaction for ever',
  });
}

interface DoorDependencies {
  knex: Knex;
  clock: Clock;
  tiers: Pick<TierLimits, 'cap'>;
  roads: Pick<Roads, 'requireOpen'>;
}

/** Each part of a request is a transaction of its own. */
function requireTier<D>(
  { clock, tiers }: DoorDependencies,
  { caller }: AllowedOrder,
  { service, transactions }: NewRequest<D>,
): void {
  for (const { amountPaise } of transactions)
    requireWithinTier(tiers, caller.standing, { service, amountPaise, at: clock.now() });
}

/** Nothing is taken that could not be sent: a person has stopped it. */
function requireOpenRoads<D>({ roads }: DoorDependencies, { service, transactions }: NewRequest<D>): void {
  for (const { subject, provider } of transactions) roads.requireOpen({ service, subject }, provider);
}

async function buildOrReplay<D>(
  deps: DoorDependencies,
  order: AllowedOrder,
  build: () => NewRequest<D> | Promise<NewRequest<D>>,
): Promise<NewRequest<D> | Accepted> {
  try {
    const request = await build();
    requireService(order.caller, request.service);
    requireTier(deps, order, request);
    requireOpenRoads(deps, request);
    return request;
  } catch (error) {
    const first = await findFirst(deps.knex, order);
    if (first === undefined) throw error;
    return first;
  }
}

/** The answer to a request that was accepted before, if it was. */
async function findFirst(knex: Knex, { caller, key, hashes }: Order): Promise<Accepted | undefined> {
  const first = await findByKey(knex, caller.userId, key);
  if (first === undefined || !isDigestOf(first.hash, hashes)) return undefined;
  return { id: first.id, body: first.body, replayed: true, due: [] };
}

/**
 * Contention is left to the caller: the same key may be under way elsewhere, and its insert not committed
 * yet.
 */
const ALONE_AFTER_ERRORS = aloneAfter({
  tries: 3,
  aloneAtOnce: 2,
  isWorthAnotherTry: (error) => sqlState(error) !== LOCK_TIMEOUT,
  unconfirmed: (cause) =>
    new DomainError('SERVICE_UNAVAILABLE', {
      detail: 'the request could not be confirmed; send it again with the same Idempotency-Key',
      retryAfterS: 1,
      cause,
    }),
  contended: (cause) => new DomainError('IDEMPOTENCY_IN_PROGRESS', { retryAfterS: 1, cause }),
});
