import type { UserId } from '../ids/ids';
import type { Knex } from 'knex';
import { sqlState } from '../../platform/database';
import { DomainError } from '../errors/errors';
import { aloneAfter, createGather } from '../../platform/gather';
import { publicId } from '../../platform/ids';
import { paiseToJson, type Paise } from '../../platform/money';
import type { Due } from '../lifecycle/due';
import {
  findByKey,
  insertAccepted,
  type InsertVerdict,
  type NewRequest,
  type ServiceDetails,
} from './accepted-rows';
import type { ServiceName } from '../provider/service-name';

/**
 * Accepting a request of any service: check, price, one insert, commit. Calls are gathered: requests that come together are inserted together, sorted
 * by caller and key; a repeat is found by its key, and gets the bytes of the first answer.
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

export interface Acceptance<D> {
  /**
   * Resolves after the commit. `build` checks and prices; what it throws is thrown, unless the same request was accepted before: once accepted stays
   * accepted, also when a limit or a price would refuse it today. Throws DomainError IDEMPOTENCY_KEY_REUSED (same key, other content),
   * TRANSACTION_REFERENCE_TAKEN, IDEMPOTENCY_IN_PROGRESS, SERVICE_UNAVAILABLE.
   */
  accept(
    userId: UserId,
    idempotencyKey: string,
    requestHash: Buffer,
    build: () => NewRequest<D> | Promise<NewRequest<D>>,
  ): Promise<Accepted>;
}

const LOCK_TIMEOUT = '55P03';

export function createAcceptance<D>(deps: {
  knex: Knex;
  details: ServiceDetails<D>;
  onPoint?(point: 'committed'): Promise<void> | void;
}): Acceptance<D> {
  const gather = createGather<NewRequest<D>, InsertVerdict>(
    (list) => insertAccepted(deps.knex, deps.details, list),
    { maxBatch: 200, maxRunning: 2, onBatchError: ALONE_AFTER_ERRORS },
  );
  return {
    async accept(userId, idempotencyKey, requestHash, build) {
      const request = await buildOrReplay(deps.knex, userId, idempotencyKey, requestHash, build);
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
          throw new DomainError('TRANSACTION_REFERENCE_TAKEN', {
            detail:
              'the reference was used for another transaction; a reference names one transaction for ever',
          });
        case 'in_progress':
          throw new DomainError('IDEMPOTENCY_IN_PROGRESS', { retryAfterS: 1 });
        case 'refused':
          throw verdict.error;
      }
    },
  };
}

async function buildOrReplay<D>(
  knex: Knex,
  userId: UserId,
  idempotencyKey: string,
  requestHash: Buffer,
  build: () => NewRequest<D> | Promise<NewRequest<D>>,
): Promise<NewRequest<D> | Accepted> {
  try {
    return await build();
  } catch (error) {
    const first = await findFirst(knex, userId, idempotencyKey, requestHash);
    if (first === undefined) throw error;
    return first;
  }
}

/** The answer to a request that was accepted before, if it was; for services whose `build` asks a provider, which a repeat need not. */
export async function findFirst(
  knex: Knex,
  userId: UserId,
  idempotencyKey: string,
  requestHash: Buffer,
): Promise<Accepted | undefined> {
  const first = await findByKey(knex, userId, idempotencyKey);
  return first?.hash.equals(requestHash)
    ? { id: first.id, body: first.body, replayed: true, due: [] }
    : undefined;
}

/** The bytes of the answer to a request with one transaction. Amounts in paise; `more` is what the service adds. */
export function acceptedBody(
  t: {
    id: string;
    service: ServiceName;
    amountPaise: Paise;
    feePaise: Paise;
    taxPaise: Paise;
    chargePaise: Paise;
    currency: string;
    reference: string;
    createdAt: Date;
  },
  more: object = {},
): string {
  const id = publicId('transaction', t.id);
  return JSON.stringify({
    id,
    object: 'transaction',
    service: t.service,
    status: 'PENDING',
    amount: paiseToJson(t.amountPaise),
    currency: t.currency,
    fee: paiseToJson(t.feePaise),
    tax: paiseToJson(t.taxPaise),
    ...(t.chargePaise === 0n ? {} : { charge: paiseToJson(t.chargePaise) }),
    reference: t.reference,
    ...more,
    created_at: t.createdAt.toISOString(),
    links: { self: `/v1/transactions/${id}`, events: `/v1/transactions/${id}/events` },
  });
}

/** Contention is left to the caller: the same key may be under way elsewhere, and its insert not committed yet. */
const ALONE_AFTER_ERRORS = aloneAfter({
  tries: 3,
  isWorthAnotherTry: (error) => sqlState(error) !== LOCK_TIMEOUT,
  unconfirmed: (cause) =>
    new DomainError('SERVICE_UNAVAILABLE', {
      detail: 'the request could not be confirmed; send it again with the same Idempotency-Key',
      retryAfterS: 1,
      cause,
    }),
  contended: (cause) => new DomainError('IDEMPOTENCY_IN_PROGRESS', { retryAfterS: 1, cause }),
});
