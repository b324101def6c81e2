/** Razorpay's part of the control API, under `/__sandbox/razorpay`. */
import { Router } from '@koa/router';
import type { Context } from 'koa';
import { paiseToJson } from '../../platform/money';
import { countsReport } from '../callbacks';
import {
  ControlError,
  invalid,
  onlyKeys,
  readBody,
  readDepositPaise,
  readFault,
  readListQuery,
  showFault,
  type FaultTarget,
  type MatchNames,
} from '../control-input';
import { addOrderRoutes } from '../order-routes';
import type { Orders } from '../orders';
import type { SendCounts } from '../webhooks';
import { orderOfId, paymentOfId, type Book, type NewPayment } from './book';
import { paymentEntity } from './entities';
import { METHODS, ORDER_STATUSES, PAYMENT_STATUSES, type Method } from './entries';
import type { BankWord } from './bank';
import type { Lifecycle } from './lifecycle';
import { answer, idIn, RAZORPAY_PREFIX } from './routes';
import { SUMMARIES } from './steps';
import type { Order } from './tables';

const NAMES: MatchNames = { ending: 'amount_ending', reference: 'receipt' };
const FAULT_TARGET: FaultTarget = {
  defaultPath: RAZORPAY_PREFIX,
  isPath: (path) => path.startsWith(RAZORPAY_PREFIX),
  pathMessage: `path must be the start of a path under ${RAZORPAY_PREFIX}`,
  methods: ['GET', 'POST'],
  refuses: true,
};
const WORDS = ['yes', 'authorized', 'no', 'cancelled', 'late', 'none'] as const;

export interface RazorpayControlDeps {
  book: Book;
  lifecycle: Lifecycle;
  orders: Orders;
  sendCounts: () => SendCounts;
}

export function createRazorpayControl({ book, lifecycle, orders, sendCounts }: RazorpayControlDeps): Router {
  const router = new Router({ prefix: '/__sandbox/razorpay' });
  router.get('/book/summary', (ctx) => answer(book, ctx, summary(book)));
  router.get('/book/orders', (ctx) => listOrders(book, ctx));
  router.get('/webhooks', (ctx) => answer(book, ctx, countsReport(book.hooks, sendCounts())));
  router.post('/payments', async (ctx) => {
    const { order, bank, ...payment } = readPayment(book, await readBody(ctx));
    const row = lifecycle.pay(order, payment);
    if (row === undefined) throw conflict('the order takes no payment: it is paid, or one is authorized');
    if (bank !== 'none') lifecycle.decide(row.n, bank);
    await answer(book, ctx, paymentEntity(book, row), 201);
  });
  router.post('/payments/:id', async (ctx) => {
    const row = paymentOfId(book, idIn(ctx));
    if (row === undefined) throw new ControlError(404, 'NOT_FOUND', 'no such payment');
    const { to } = await readBody(ctx, ['to']);
    if (!isMoved(lifecycle, row.n, to)) throw conflict('the payment has no such way from where it is');
    await answer(book, ctx, paymentEntity(book, row));
  });
  addOrderRoutes(router, {
    prefix: '',
    names: NAMES,
    ordersOf: () => orders,
    explanation: () => ({ table: SUMMARIES }),
    readFault: (_ctx, body) => readFault(body, FAULT_TARGET),
    showFault,
  });
  return router;
}

const conflict = (message: string): ControlError => new ControlError(409, 'CONFLICT', message);

function isMoved(lifecycle: Lifecycle, n: number, to: unknown): boolean {
  if (to === 'captured' || to === 'refunded') return lifecycle.settle(n, to);
  if (WORDS.some((word) => word === to && word !== 'none')) return lifecycle.decide(n, to as BankWord);
  throw invalid('to must be captured, refunded, or a word of the bank');
}

/** `{order | receipt, method, bank, amount_paise, fee_on_top}`: a payer, and what the bank says of the payment. */
function readPayment(
  book: Book,
  body: Record<string, unknown>,
): NewPayment & { order: number; bank: (typeof WORDS)[number] } {
  onlyKeys(body, ['order', 'receipt', 'method', 'bank', 'amount_paise', 'fee_on_top']);
  const {
    order,
    receipt,
    method = 'upi',
    bank = 'yes',
    amount_paise: amount,
    fee_on_top: onTop = false,
  } = body;
  if ((typeof order === 'string') === (typeof receipt === 'string')) throw invalid('give order or receipt');
  const row = typeof receipt === 'string' ? book.rows.ofReceipt(receipt)[0] : orderOfId(book, order);
  if (row === undefined) throw new ControlError(404, 'NOT_FOUND', 'no such order');
  if (!(METHODS as readonly unknown[]).includes(method))
    throw invalid(`method must be ${METHODS.join(' or ')}`);
  if (!(WORDS as readonly unknown[]).includes(bank)) throw invalid(`bank must be one of ${WORDS.join(', ')}`);
  if (typeof onTop !== 'boolean') throw invalid('fee_on_top must be true or false');
  return {
    order: row.n,
    method: method as Method,
    bank: bank as (typeof WORDS)[number],
    isFeeOnTop: onTop,
    ...(amount === undefined ? {} : { amountPaise: readDepositPaise(amount) }),
  };
}

function summary({ rows }: Book) {
  const [orders, payments] = [rows.orders(), rows.payments()];
  const sum = (of: readonly bigint[]): number => paiseToJson(of.reduce((a, b) => a + b, 0n));
  const taken = payments.filter(({ wasCaptured }) => wasCaptured);
  return {
    orders: orders.length,
    orders_by_status: Object.fromEntries(
      ORDER_STATUSES.map((status) => [status, orders.filter((row) => rows.statusOf(row) === status).length]),
    ),
    payments_by_status: Object.fromEntries(
      PAYMENT_STATUSES.map((status) => {
        const of = payments.filter((row) => row.status === status);
        return [status, { count: of.length, amount_paise: sum(of.map(({ amountPaise }) => amountPaise)) }];
      }),
    ),
    captured_paise: sum(taken.map(({ amountPaise }) => amountPaise)),
    fees_paise: sum(taken.map(({ feePaise }) => feePaise)),
    tax_paise: sum(taken.map(({ taxPaise }) => taxPaise)),
  };
}

/** One order, and what came of it. */
function orderReport({ ids, rows }: Book, row: Order) {
  return {
    id: ids.of('order', row.n),
    receipt: row.receipt,
    scenario: row.scenario,
    status: rows.statusOf(row),
    amount_paise: paiseToJson(row.amountPaise),
    body_sha256: row.hash,
    payments: rows.paymentsOf(row).map(({ n, status, method, amountPaise, feePaise, taxPaise }) => ({
      id: ids.of('pay', n),
      status,
      method,
      amount_paise: paiseToJson(amountPaise),
      fee_paise: paiseToJson(feePaise),
      tax_paise: paiseToJson(taxPaise),
    })),
  };
}

async function listOrders(book: Book, ctx: Context): Promise<void> {
  const query = readListQuery(ctx, 'receipts');
  const rows = book.rows.orders();
  if (query.references !== undefined) {
    const found = query.references.flatMap((receipt) => book.rows.ofReceipt(receipt));
    return answer(book, ctx, { items: found.map((row) => orderReport(book, row)), next_after: null });
  }
  const last = query.first + query.limit;
  const items = rows.slice(query.first, last).map((row) => orderReport(book, row));
  return answer(book, ctx, { items, next_after: last < rows.length ? last - 1 : null });
}
