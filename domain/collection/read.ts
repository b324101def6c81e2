import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { publicId } from '../../platform/ids';
import { paiseFromJson, paiseToJson } from '../../platform/money';
import { DomainError } from '../errors/errors';
import type { TransactionId, UserId } from '../ids/ids';
import type { PublicStatus } from '../lifecycle/lifecycle';
import { orUnknown } from '../provider/answers';
import type { TransactionReader, TransactionView } from '../transactions/read';
import { collectionCalls, type CollectionProviders } from './calls';
import type { CollectionKind } from './collection';
import { COLLECTION_ERRORS } from './errors';

/** What an app shows for the payer to pay; amounts are JSON integers of paise. Only SUCCESS says that it was paid. */
export interface CollectionView {
  id: string;
  object: 'collection';
  kind: CollectionKind;
  status: PublicStatus;
  status_reason: TransactionView['status_reason'];
  status_message: string | null;
  provider_reason: string | null;
  next_action: TransactionView['next_action'];
  amount: number;
  currency: string;
  fee: number;
  tax: number;
  /** What the wallet gets: the amount without fee and tax. */
  credited: number;
  reference: string;
  /** The bank's own reference of the payment. */
  utr: string | null;
  return_url: string | null;
  /** Until when the payer may begin to pay. */
  expires_at: string;
  /** Null while there is nothing to pay: before the order is made, and from its end on. */
  checkout: CheckoutView | null;
  expected_by: string | null;
  overdue: boolean;
  created_at: string;
  finished_at: string | null;
  links: { transaction: string; events: string };
}
export interface CheckoutView {
  provider: string;
  /** The provider's id of its order. */
  order: string;
  /** Our public key there, for an app that shows the provider's own form. */
  key: string | null;
  /** The provider's page. */
  url: string;
}

export interface CollectionReader {
  /** Throws DomainError COLLECTION_NOT_FOUND, also for transactions of another user or service. */
  get(userId: UserId, id: TransactionId): Promise<CollectionView>;
}

export interface CollectionReaderDependencies {
  knex: Knex;
  clock: Clock;
  providers: CollectionProviders;
  transactions: Pick<TransactionReader, 'get'>;
}

export function createCollectionReader(deps: CollectionReaderDependencies): CollectionReader {
  return {
    async get(userId, id) {
      const order = await readOrder(deps.knex, userId, id);
      const t = await deps.transactions.get(userId, id);
      return {
        id: publicId('transaction', id),
        object: 'collection',
        kind: order.kind,
        status: t.status,
        status_reason: t.status_reason,
        status_message: t.status_message,
        provider_reason: t.provider_reason,
        next_action: t.next_action,
        amount: t.amount,
        currency: t.currency,
        fee: t.fee,
        tax: t.tax,
        credited: paiseToJson(paiseFromJson(t.amount) - paiseFromJson(t.fee) - paiseFromJson(t.tax)),
        reference: t.reference,
        utr: t.utr,
        return_url: order.returnUrl,
        expires_at: order.expiresAt.toISOString(),
        checkout: await checkoutOf(deps, order),
        expected_by: t.expected_by,
        overdue: t.overdue,
        created_at: t.created_at,
        finished_at: t.finished_at,
        links: { transaction: t.links.self, events: t.links.events },
      };
    },
  };
}

/** The order of a collection, as it stands now. */
export interface OrderRow {
  kind: CollectionKind;
  returnUrl: string | null;
  expiresAt: Date;
  provider: string;
  state: string;
  outcome: string | null;
  /** The provider's id of it; null until the provider has made it. */
  order: string | null;
}

/** Throws DomainError COLLECTION_NOT_FOUND. */
export async function readOrder(knex: Knex, userId: UserId, id: TransactionId): Promise<OrderRow> {
  const [found] = await rows<OrderRow>(
    knex,
    `select o.kind, o.return_url as "returnUrl", o.expires_at as "expiresAt", t.provider, t.state, t.outcome,
        coalesce(t.provider_reference, a.provider_reference) as "order"
      from collection_orders o join transactions t on t.id = o.transaction_id
      left join dispatch_attempts a on a.transaction_id = t.id and a.attempt_no = t.attempt_no
      where o.transaction_id = ? and o.user_id = ?`,
    [id, userId],
  );
  if (found === undefined) throw new DomainError(COLLECTION_ERRORS.COLLECTION_NOT_FOUND);
  return found;
}

/** What is to be paid is shown while it may be paid. A provider that cannot say where is asked again next time. */
async function checkoutOf(
  { clock, providers }: Pick<CollectionReaderDependencies, 'clock' | 'providers'>,
  { provider, order, returnUrl, state, outcome, expiresAt }: OrderRow,
): Promise<CheckoutView | null> {
  const isPayable = state === 'dispatched' && outcome === null && clock.now() < expiresAt;
  const calls = collectionCalls(providers, provider);
  if (!isPayable || order === null || calls === undefined) return null;
  const shown = await orUnknown(() => calls.checkout(order, returnUrl));
  return shown.ok ? { provider, ...shown.value } : null;
}
