import type { Checkout, CollectionCalls } from '../../domain/collection/port';
import type { InquiryTarget, NotFoundPolicy, ProviderCallOptions } from '../../domain/provider/calls';
import type { InquiryAnswer } from '../../domain/provider/outcome';
import type { Clock } from '../../platform/clock';
import { REQUEST_ALTERED, type OnUnlisted } from '../answers';
import { isIdOf, isSignedBy } from '../razorpay-forms';
import { isUnaltered } from '../requests';
import type { RazorpayClient } from './client';
import { orderRequest } from './requests';
import { orderOfFetch, orderOfSearch, outcomeOfCreate, outcomeOfPayments } from './transformers';

export interface CollectionsDeps {
  client: RazorpayClient;
  clock: Clock;
  keyId: string;
  keySecret: string;
  /** The page that shows Razorpay's checkout. */
  checkoutUrl: string;
  notFound: NotFoundPolicy;
  onUnlisted: OnUnlisted;
}

export function createCollectionCalls(deps: CollectionsDeps): CollectionCalls {
  const { client, notFound, onUnlisted } = deps;
  return {
    notFound,
    prepare: orderRequest,
    async send({ ourReference }, prepared, call) {
      if (!isUnaltered(prepared)) return REQUEST_ALTERED;
      const request = { method: 'POST', path: '/orders', body: prepared.body, ourReference } as const;
      return outcomeOfCreate(await client.call('order', request, call), { ourReference }, onUnlisted);
    },
    inquire: (target, call) => inquire(deps, target, call),
    checkout: (order, returnUrl) => Promise.resolve({ ok: true, value: checkoutOf(deps, order, returnUrl) }),
    isFromCheckout: ({ order, payment, signature }) =>
      isIdOf('order', order) &&
      isIdOf('pay', payment) &&
      isSignedBy([deps.keySecret], `${order}|${payment}`, signature),
  };
}

/**
 * The order, by its id or by our receipt, and then its payments: asked later, they are never older than it. The
 * time is taken before both, so that what is over was over for whoever answers.
 */
async function inquire(
  { client, clock, onUnlisted }: CollectionsDeps,
  { ourReference, providerReference, payableUntil }: InquiryTarget,
  call: ProviderCallOptions | undefined,
): Promise<InquiryAnswer> {
  const isOver = payableUntil !== undefined && clock.now() >= payableUntil;
  const ask = (operation: Parameters<RazorpayClient['call']>[0], path: string) =>
    client.call(operation, { method: 'GET', path, ourReference }, call);
  const query = new URLSearchParams({ receipt: ourReference, count: '100' });
  const found = isIdOf('order', providerReference)
    ? orderOfFetch(await ask('order_by_id', `/orders/${providerReference}`), {
        ourReference,
        orderId: providerReference,
      })
    : orderOfSearch(await ask('order_by_receipt', `/orders?${query.toString()}`), { ourReference });
  if (!found.ok) return found.outcome;
  const order = found.value;
  const payments = await ask('payments_of_order', `/orders/${order.id}/payments`);
  return outcomeOfPayments(payments, { order, isOver }, onUnlisted);
}

/** What the page needs is in its address; the key is the public half. */
function checkoutOf(
  { keyId, checkoutUrl }: CollectionsDeps,
  order: string,
  returnUrl: string | null | undefined,
): Checkout {
  const url = new URL(checkoutUrl);
  url.searchParams.set('order_id', order);
  url.searchParams.set('key_id', keyId);
  if (typeof returnUrl === 'string') url.searchParams.set('callback_url', returnUrl);
  return { order, key: keyId, url: url.toString() };
}
