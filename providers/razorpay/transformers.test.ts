import type { InquiryAnswer } from '../../domain/provider/outcome';
import {
  collectionOf,
  ORDER_ID,
  orderWith,
  paymentWith,
  REFERENCE,
  sample,
  type Json,
} from '../../test/support/razorpay-examples';
import { examples } from '../../test/support/razorpayx-examples';
import type { Reply } from '../answers';
import { readOrder, readPayment } from './schemas';
import {
  EXPIRED,
  isSetupFault,
  ORDER_STATUSES,
  orderOfFetch,
  orderOfSearch,
  outcomeOfCreate,
  outcomeOfPayments,
  PAYMENT_STATUSES,
  UNPAID,
} from './transformers';

const unlisted: string[] = [];
const note = (word: string): void => void unlisted.push(word);
afterEach(() => {
  unlisted.length = 0;
});

const answer = (json: unknown, status = 200): Reply => ({ kind: 'answer', status, json });
const errorOf = (fields: Json = {}): Json => ({
  error: { ...(sample('orders-create', 'Failure').error as Json), ...fields },
});
const expected = { ourReference: REFERENCE };
const byId = { ...expected, orderId: ORDER_ID };

/** What the order's payments come to. */
function paymentsOf(payments: readonly Json[], { status = 'attempted', isOver = false } = {}): InquiryAnswer {
  const order = readOrder(orderWith({ status }));
  if (!order.ok) throw new Error(order.field);
  return outcomeOfPayments(answer(collectionOf(...payments)), { order: order.value, isOver }, note);
}

describe('samples of the pages', () => {
  it.each(
    ['orders-create', 'orders-entity', 'orders-fetch-all', 'orders-fetch-with-id'].flatMap((file) =>
      examples(file, 'razorpay')
        .flatMap(({ json }) => (Array.isArray(json.items) ? (json.items as Json[]) : [json]))
        .filter(({ entity }) => entity === 'order'),
    ),
  )('an order is read: %#', (json) => {
    expect(readOrder(json)).toMatchObject({
      ok: true,
      value: { id: json.id, amountPaise: BigInt(json.amount as number), receipt: json.receipt ?? undefined },
    });
  });

  it('a payment is read, with a fee that includes its tax, and no word of who paid', () => {
    const payments = [
      ...examples('payments-entity', 'razorpay').map(({ json }) => json),
      ...(sample('orders-fetch-payments').items as Json[]),
    ];
    expect(payments).toHaveLength(4);
    for (const json of payments) {
      const payment = readPayment(json);
      expect(payment).toMatchObject({
        ok: true,
        value: {
          id: json.id,
          status: json.status,
          feePaise: json.fee === null ? undefined : BigInt(json.fee as number),
        },
      });
      expect(
        JSON.stringify(payment, (_name, value: unknown) =>
          typeof value === 'bigint' ? String(value) : value,
        ),
      ).not.toMatch(/example|9000090000|razorpay/);
    }
  });
});

describe('an order is made', () => {
  it('and waits, whatever its status: none of an order is a success', () => {
    for (const status of Object.keys(ORDER_STATUSES))
      expect(outcomeOfCreate(answer(orderWith({ status })), expected, note)).toEqual({
        kind: 'pending',
        sent: true,
        rawStatus: status,
        providerReference: ORDER_ID,
        amountPaise: 100_000n,
        httpStatus: 200,
        ...(status === 'paid' ? {} : { rawReason: UNPAID }),
      });
    expect(unlisted).toEqual([]);
    expect(outcomeOfCreate(answer(orderWith({ status: 'settled' })), expected, note).kind).toBe('pending');
    expect(unlisted).toEqual(['settled']);
  });

  it.each([
    ['another receipt', orderWith({ receipt: 'somebody-elses' }), '<other reference>'],
    ['no receipt', orderWith({ receipt: null }), '<other reference>'],
    ['another currency', orderWith({ currency: 'USD' }), '<unrecognised answer>'],
    ['a fraction of a paisa', orderWith({ amount: 0.5 }), '<unrecognised answer>'],
    ['a payment', paymentWith(), '<unrecognised answer>'],
  ])('P5 %s is unknown', (_name, json, rawStatus) => {
    expect(outcomeOfCreate(answer(json), expected, note)).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus,
    });
  });

  it('the documented refusal of what was asked fails; nothing was made', () => {
    expect(outcomeOfCreate(answer(errorOf(), 400), expected, note)).toEqual({
      kind: 'failed',
      sent: true,
      rawStatus: 'BAD_REQUEST_ERROR',
      rawReason: 'input_validation_failed',
      httpStatus: 400,
    });
  });

  it.each([
    ['wrong keys', errorOf({ field: undefined, description: 'Authentication failed' }), 401],
    ['wrong keys, as the pages of orders show it', sample('orders-fetch-all', 'Failure'), 400],
    ['a field that nobody chose', errorOf({ field: 'receipt' }), 400],
    ['an address that is none', errorOf({ field: undefined, reason: 'NA', source: 'NA' }), 400],
    ['a product that is not on', errorOf({ field: undefined }), 403],
  ])('P5 %s: refused at the door, nothing made, nobody’s failure', (_name, json, status) => {
    expect(outcomeOfCreate(answer(json, status), expected, note)).toMatchObject({
      kind: 'unknown',
      sent: false,
      isSetupFault: true,
    });
    expect(isSetupFault(json, status)).toBe(status === 400);
  });

  it.each([
    ['their own fault', errorOf({ source: 'internal' }), 400],
    ['another code', errorOf({ code: 'GATEWAY_ERROR' }), 400],
    ['a 5xx', errorOf({ code: 'SERVER_ERROR' }), 500],
    ['too many', errorOf(), 429],
    ['another status', errorOf(), 409],
  ])('P5 %s proves nothing', (_name, json, status) => {
    expect(outcomeOfCreate(answer(json, status), expected, note)).toMatchObject({
      kind: 'unknown',
      sent: true,
    });
  });
});

describe('an order is asked about', () => {
  it('by its id: it has our receipt, or it is not ours', () => {
    expect(orderOfFetch(answer(orderWith()), byId)).toMatchObject({ ok: true, value: { id: ORDER_ID } });
    for (const other of [{ receipt: 'x' }, { id: 'order_00000000000001' }])
      expect(orderOfFetch(answer(orderWith(other)), byId)).toMatchObject({
        ok: false,
        outcome: { kind: 'unknown' },
      });
  });

  it('P5 an id of theirs that does not exist is a contradiction, no fault of ours and never not-found', () => {
    const json = errorOf({ field: undefined, description: 'The id provided does not exist' });
    expect(orderOfFetch(answer(json, 400), byId)).toEqual({
      ok: false,
      outcome: {
        kind: 'unknown',
        sent: true,
        rawStatus: 'BAD_REQUEST_ERROR',
        rawReason: 'input_validation_failed',
        httpStatus: 400,
      },
    });
    expect(isSetupFault(json, 400)).toBe(false);
  });

  it('by our receipt: not found only in an empty list', () => {
    expect(orderOfSearch(answer(collectionOf()), expected)).toEqual({
      ok: false,
      outcome: { kind: 'not_found', rawStatus: '<not found>', httpStatus: 200 },
    });
    expect(orderOfSearch(answer(collectionOf(orderWith({ receipt: 'other' }))), expected)).toMatchObject({
      ok: false,
      outcome: { kind: 'unknown', rawStatus: '<filter ignored>' },
    });
    for (const json of [{}, { ...collectionOf(), count: 1 }, collectionOf({ entity: 'order' })])
      expect(orderOfSearch(answer(json), expected)).toMatchObject({
        ok: false,
        outcome: { kind: 'unknown' },
      });
  });

  it('P4 of two that we made the oldest is ours, or the one that somebody began to pay', () => {
    const [first, second] = [
      orderWith({ id: 'order_00000000000001', created_at: 100 }),
      orderWith({ id: 'order_00000000000002', created_at: 200 }),
    ];
    const found = (...orders: Json[]) => orderOfSearch(answer(collectionOf(...orders)), expected);
    expect(found(second, first)).toMatchObject({ ok: true, value: { id: first.id } });
    expect(found({ ...second, status: 'paid' }, first)).toMatchObject({ ok: true, value: { id: second.id } });
    expect(found({ ...second, status: 'paid' }, { ...first, status: 'attempted' })).toMatchObject({
      ok: false,
      outcome: { kind: 'unknown', foundThere: 'several' },
    });
  });
});

describe('the payments of an order', () => {
  const failed = paymentWith({
    id: 'pay_00000000000001',
    status: 'failed',
    captured: false,
    fee: null,
    tax: null,
  });

  it('one that was captured is the success, after any number of tries that failed', () => {
    for (const status of Object.keys(ORDER_STATUSES))
      for (const isOver of [false, true])
        expect(paymentsOf([failed, paymentWith()], { status, isOver })).toEqual({
          kind: 'succeeded',
          sent: true,
          rawStatus: 'captured',
          providerReference: ORDER_ID,
          httpStatus: 200,
          amountPaise: 100_000n,
          utr: '267567962619',
          providerFeePaise: 2_000n,
          providerTaxPaise: 360n,
        });
  });

  it.each([
    ['less', { amount: 99_000 }, 99_000n, 2_000n],
    ['more', { amount: 101_000 }, 101_000n, 2_000n],
    // The payer bears the fee: it was paid on top, and nothing of ours is kept.
    ['the fee on top', { amount: 102_360, fee_bearer: 'customer' }, 100_000n, undefined],
    ['no fee on top', { fee_bearer: 'platform' }, 100_000n, 2_000n],
  ])('P9 what came in is told as it is: %s', (_name, fields, amountPaise, feePaise) => {
    const outcome = paymentsOf([paymentWith(fields)]);
    expect(outcome).toMatchObject({ kind: 'succeeded', amountPaise });
    expect((outcome as { providerFeePaise?: bigint }).providerFeePaise).toBe(feePaise);
  });

  it('what was given back whole has come back; in part it is still there', () => {
    expect(paymentsOf([paymentWith({ status: 'refunded', amount_refunded: 100_000 })]).kind).toBe('reversed');
    expect(paymentsOf([paymentWith({ amount_refunded: 100_000 })]).kind).toBe('reversed');
    expect(paymentsOf([paymentWith({ amount_refunded: 40_000 })]).kind).toBe('succeeded');
    // Of 1,023.60 that were paid, 23.60 were Razorpay's fee: what came in was given back whole, or a paisa less.
    const onTop = { amount: 102_360, fee_bearer: 'customer' };
    expect(paymentsOf([paymentWith({ ...onTop, amount_refunded: 100_000 })]).kind).toBe('reversed');
    expect(paymentsOf([paymentWith({ ...onTop, amount_refunded: 99_999 })]).kind).toBe('succeeded');
  });

  it('P9 one that Razorpay gave back by itself was never captured: a try that is over, and no second payment', () => {
    const gone = { status: 'refunded', captured: false, amount_refunded: 100_000, fee: null, tax: null };
    const again = paymentWith({ ...gone, id: 'pay_00000000000002' });
    expect(paymentsOf([again, paymentWith()])).toEqual(paymentsOf([paymentWith()]));
    expect(paymentsOf([again])).toMatchObject({ kind: 'pending', rawReason: UNPAID });
    expect(paymentsOf([again], { isOver: true })).toMatchObject({ kind: 'failed', rawReason: EXPIRED });
  });

  it('P9 two that were captured are for people, with both amounts', () => {
    const twice = paymentsOf([paymentWith(), paymentWith({ id: 'pay_00000000000002', amount: 50_000 })]);
    expect(twice).toEqual({
      kind: 'unknown',
      sent: true,
      rawStatus: '<several payments>',
      providerReference: ORDER_ID,
      httpStatus: 200,
      foundThere: 'several',
      description: '2 payments: pay_IH4NVgf4Dreq1l (100000 paise), pay_00000000000002 (50000 paise)',
    });
  });

  it('P5 before its time is over nothing fails, and after it nothing that may still be paid', () => {
    const open = [[], [failed], [failed, failed]];
    for (const payments of open)
      expect(paymentsOf(payments)).toMatchObject({
        kind: 'pending',
        rawStatus: 'attempted',
        rawReason: UNPAID,
      });
    for (const payments of open)
      expect(paymentsOf(payments, { isOver: true })).toEqual({
        kind: 'failed',
        sent: true,
        rawStatus: 'attempted',
        rawReason: EXPIRED,
        providerReference: ORDER_ID,
        amountPaise: 100_000n,
        httpStatus: 200,
      });
    for (const status of ['created', 'authorized', 'on_hold'])
      expect(paymentsOf([failed, paymentWith({ status, fee: null, tax: null })], { isOver: true }).kind).toBe(
        'pending',
      );
    // Paid, and no payment: a contradiction. A word that nobody knows decides nothing.
    for (const status of ['paid', 'settled'])
      expect(paymentsOf([failed], { status, isOver: true }).kind).toBe('pending');
    expect(unlisted).toEqual(['on_hold', 'settled']);
  });

  it('every documented status of a payment, and nothing else, says anything', () => {
    const kinds = Object.keys(PAYMENT_STATUSES).map((status) => [
      status,
      paymentsOf([paymentWith({ status })]).kind,
    ]);
    expect(Object.fromEntries(kinds)).toEqual({
      created: 'pending',
      authorized: 'pending',
      captured: 'succeeded',
      refunded: 'reversed',
      failed: 'pending',
    });
    for (const status of ['constructor', 'CAPTURED', 'success'])
      expect(paymentsOf([paymentWith({ status })]).kind).not.toBe('succeeded');
  });

  it.each([
    ['of another order', { order_id: 'order_00000000000009' }],
    ['of no order', { order_id: null }],
    ['in another currency', { currency: 'USD' }],
    ['over more than a number keeps', { amount: 2 ** 53 }],
    ['over nothing', { amount: 0 }],
    ['with a tax above its fee', { tax: 2_361 }],
    ['with a tax and no fee', { fee: null }],
    ['with a fee above its amount', { fee: 100_001 }],
    ['of which nobody says whether it was captured', { captured: 'true' }],
    ['of something else', { entity: 'refund' }],
  ])('P5 one %s is unknown, and the order is known', (_name, fields) => {
    expect(paymentsOf([paymentWith(fields)])).toMatchObject({
      kind: 'unknown',
      sent: true,
      providerReference: ORDER_ID,
    });
  });

  it('P5 an error says nothing of the order', () => {
    const order = readOrder(orderWith());
    if (!order.ok) throw new Error(order.field);
    for (const reply of [
      answer(errorOf(), 400),
      answer('', 502),
      { kind: 'failure', reason: 'timeout', sent: false } as const,
    ])
      expect(outcomeOfPayments(reply, { order: order.value, isOver: true }, note)).toMatchObject({
        kind: 'unknown',
        sent: true,
        providerReference: ORDER_ID,
      });
  });
});
