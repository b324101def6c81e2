import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { DomainError } from '../errors/errors';
import type { TransactionId, UserId } from '../ids/ids';
import { bringInquiryForward } from '../lifecycle/inquiries';
import { collectionCalls, type CollectionProviders } from './calls';
import { COLLECTION_ERRORS } from './errors';
import type { CheckoutReturn } from './port';
import { readOrder } from './read';

/** What the provider's checkout handed to the app, as the app passes it on. */
export type Confirmation = Pick<CheckoutReturn, 'payment' | 'signature'>;

export interface CollectionConfirmer {
  /**
   * What a checkout has signed makes us ask the provider now, and nothing else: nobody is credited on the word of a
   * browser. Throws DomainError COLLECTION_NOT_FOUND, COLLECTION_CONFIRMATION_REFUSED.
   */
  confirm(userId: UserId, id: TransactionId, told: Confirmation): Promise<void>;
}

/** States in which there is something to be learnt: nobody has said that it was paid. */
const UNPAID: ReadonlySet<string> = new Set(['dispatched', 'failed']);

export function createCollectionConfirmer(deps: {
  knex: Knex;
  clock: Clock;
  providers: CollectionProviders;
}): CollectionConfirmer {
  return {
    async confirm(userId, id, told) {
      const { provider, order, state } = await readOrder(deps.knex, userId, id);
      const calls = collectionCalls(deps.providers, provider);
      if (order === null || calls?.isFromCheckout({ order, ...told }) !== true)
        throw new DomainError(COLLECTION_ERRORS.COLLECTION_CONFIRMATION_REFUSED, {
          detail: 'nothing was changed; GET the collection until its status is final',
        });
      if (UNPAID.has(state)) await bringInquiryForward(deps.knex, [id], deps.clock.now());
    },
  };
}
