import { examples, type Json } from './razorpayx-examples';

export type { Json };

/** A sample of the payment gateway's documentation, by its page and title. */
export function sample(file: string, title = 'Success'): Json {
  const found = examples(file, 'razorpay').find((e) => e.title === title);
  if (found === undefined) throw new Error(`no sample ${title} in ${file}`);
  return structuredClone(found.json);
}

export const ORDER_ID = 'order_RB58MiP5SPFYyM';
export const REFERENCE = '0k9tq2m4f7x1z8c5v6b3';

/** An order of ours over 1,000 rupees. */
export const orderWith = (fields: Json = {}): Json => ({
  ...sample('orders-create'),
  amount: 100_000,
  amount_due: 100_000,
  receipt: REFERENCE,
  ...fields,
});

/** A payment of it, captured: 2 % and 18 % GST on that are kept. */
export const paymentWith = (fields: Json = {}): Json => ({
  ...sample('payments-entity'),
  id: 'pay_IH4NVgf4Dreq1l',
  order_id: ORDER_ID,
  amount: 100_000,
  fee: 2_360,
  tax: 360,
  acquirer_data: { rrn: '267567962619' },
  ...fields,
});

export const collectionOf = (...items: readonly Json[]): Json => ({
  entity: 'collection',
  count: items.length,
  items,
});

/** Fixed vectors of both signatures. */
export const GOLDEN = {
  webhook: {
    secret: 'rzp_whsec_test',
    raw:
      '{"entity":"event","account_id":"acc_TEST","event":"payout.processed","contains":["payout"],' +
      '"payload":{"payout":{"entity":{"id":"pout_1Aa00000000001","entity":"payout","amount":100,' +
      '"status":"processed","utr":"000000000001"}}},"created_at":1580811328}',
    signature: 'ad78e55eabc27a9eda37ba515b447d2e1e57ebb0e85f5974b0c2827755d11193',
  },
  checkout: {
    keySecret: 'test_key_secret',
    order: 'order_IluGWxBm9U8zJ8',
    payment: 'pay_IH4NVgf4Dreq1l',
    signature: '34e54fc403561b4f9bd4df51fe30b7c8f9d614d823e82a8e4389a8669f5af0b2',
  },
} as const;
