import Joi from 'joi';
import { COLLECTION_KINDS } from '../../domain/collection/collection';
import type { CheckoutView, CollectionView } from '../../domain/collection/read';
import { answer, currency, id, instant, is, paise, part, path, reference, words } from './fields';
import { status, why } from './transactions';

const checkout = answer<CheckoutView>('Checkout', 'Where the payer pays; nothing of it is secret', {
  provider: words(30).example('razorpay'),
  order: words(100).description("The provider's id of its order").example('order_IluGWxBm9U8zJ8'),
  key: words(100).allow(null).description("Our public key, for the provider's own form in an app"),
  url: words(2_000)
    .description("The provider's page")
    .example('https://checkout.example/order_IluGWxBm9U8zJ8'),
});

export const collection = answer<CollectionView>('Collection', 'Money that somebody pays for a wallet', {
  id: id('transaction'),
  object: is('collection'),
  kind: is(...COLLECTION_KINDS),
  status: status(),
  ...why,
  amount: paise(),
  currency: currency(),
  fee: paise(),
  tax: paise(),
  credited: paise().description('What the wallet gets: the amount without fee and tax; whole paise'),
  reference: reference(),
  utr: words(100).allow(null).description("The bank's own reference of the payment, once it is known"),
  return_url: words(290)
    .allow(null)
    .description("Where the payer's browser goes; it says nothing of the payment"),
  expires_at: instant().description('Until when the payer may begin to pay'),
  checkout: checkout.allow(null).description('Null while there is nothing to pay'),
  expected_by: instant().allow(null),
  overdue: Joi.boolean(),
  created_at: instant(),
  finished_at: instant().allow(null),
  links: part<CollectionView['links']>({
    transaction: path('/v1/transactions/txn_01jxvqexvqexvt0xvqexvqexvq'),
    events: path('/v1/transactions/txn_01jxvqexvqexvt0xvqexvqexvq/events'),
  }),
});
