/** Razorpay's HTTP contract over the book. An answer is sent only once everything it states is on disk. */
import { createHash } from 'node:crypto';
import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { HeldAnswers } from '../held-answers';
import type { Orders } from '../orders';
import { collection } from '../razorpayx/entities';
import { idDoesNotExist, invalidField, serverError, tooManyRequests } from '../razorpayx/errors';
import { LATEST, readInteger, readKnown } from '../razorpayx/queries';
import { optionalText, readAmount, readJsonObject, readNotes, refuseOthers } from '../razorpayx/requests';
import { readRaw } from '../razorpayx/routes';
import { SCENARIOS, scenarioOfEnding } from '../scenarios';
import { orderOfId, paymentOfId, type Book, type NewOrder } from './book';
import { orderEntity, paymentEntity } from './entities';
import type { Lifecycle } from './lifecycle';
import type { Order } from './tables';

export const RAZORPAY_PREFIX = '/razorpay/v1';
const MAX_CALLBACKS_OWED = 500_000;
const ORDER_FIELDS = new Set(['amount', 'currency', 'receipt', 'notes', 'partial_payment']);
const LIST_PARAMETERS = new Set(['receipt', 'from', 'to', 'count', 'skip']);

export interface RazorpayDeps {
  book: Book;
  lifecycle: Lifecycle;
  orders: Orders;
  held: HeldAnswers;
}

export function createRazorpayRouter(deps: RazorpayDeps): Router {
  const { book } = deps;
  const router = new Router({ prefix: RAZORPAY_PREFIX });
  router.post('/orders', (ctx) => createOrder(deps, ctx));
  router.get('/orders', (ctx) => listOrders(book, ctx));
  router.get('/orders/:id', async (ctx) => {
    await answer(book, ctx, orderEntity(book, orderOf(book, ctx)));
  });
  router.get('/orders/:id/payments', async (ctx) => {
    const payments = book.rows.paymentsOf(orderOf(book, ctx)).toReversed();
    await answer(book, ctx, collection(payments.map((row) => paymentEntity(book, row))));
  });
  router.get('/payments/:id', async (ctx) => {
    const payment = paymentOfId(book, idIn(ctx));
    if (payment === undefined) throw idDoesNotExist();
    await answer(book, ctx, paymentEntity(book, payment));
  });
  return router;
}

export async function answer(book: Book, ctx: Context, body: unknown, status = 200): Promise<void> {
  await book.flushed();
  ctx.status = status;
  ctx.body = body;
}

export const idIn = (ctx: Context): string => (ctx.params as { id: string }).id;

/** The order of the path; throws as Razorpay answers to an id that it does not know. */
function orderOf(book: Book, ctx: Context): Order {
  const order = orderOfId(book, idIn(ctx));
  if (order === undefined) throw idDoesNotExist();
  return order;
}

function readOrder(body: Record<string, unknown>): Pick<NewOrder, 'amountPaise' | 'receipt' | 'notes'> {
  refuseOthers(body, ORDER_FIELDS);
  const amountPaise = readAmount(body.amount);
  if (body.currency !== 'INR') throw invalidField('currency', 'Currency is not supported');
  if (body.partial_payment !== undefined && body.partial_payment !== false)
    throw invalidField('partial_payment', 'Partial payments are not there in the sandbox.');
  return { amountPaise, receipt: optionalText(body, 'receipt', 40), notes: readNotes(body.notes) };
}

/** A receipt that was used makes another order: "has to be unique" is not enforced, as a sample shows. */
async function createOrder({ book, lifecycle, orders, held }: RazorpayDeps, ctx: Context): Promise<void> {
  const raw = await readRaw(ctx);
  const hash = createHash('sha256').update(raw).digest('hex');
  const request = readOrder(readJsonObject(raw));
  if (book.hooks.counts().pending >= MAX_CALLBACKS_OWED) throw tooManyRequests(30);
  const ref = request.receipt ?? hash;
  const wasRefused = book.wasRefused(ref);
  const ending = String(request.amountPaise).slice(-4);
  const scenario = wasRefused
    ? '7777'
    : (orders.takeScenario({ accountEnding: ending, referenceId: request.receipt }) ??
      scenarioOfEnding(ending));
  if (SCENARIOS[scenario].answer === 'error_first' && !wasRefused) {
    book.noteRefused(ref, hash);
    await book.flushed();
    throw serverError();
  }
  const row = book.addOrder({ ...request, hash, scenario });
  const entity = orderEntity(book, row);
  await book.flushed();
  lifecycle.begin(row.n);
  if (SCENARIOS[scenario].answer === 'never') held.hold(ctx);
  else ctx.body = entity;
}

/** Newest first. */
async function listOrders(book: Book, ctx: Context): Promise<void> {
  const known = readKnown(ctx.query, LIST_PARAMETERS);
  const from = readInteger(known, 'from', { min: 0, max: LATEST, fallback: 0 });
  const to = readInteger(known, 'to', { min: 0, max: LATEST, fallback: LATEST });
  const count = readInteger(known, 'count', { min: 1, max: 100, fallback: 10 });
  const skip = readInteger(known, 'skip', { min: 0, max: LATEST, fallback: 0 });
  const { receipt } = known;
  const rows = receipt === undefined ? book.rows.orders() : book.rows.ofReceipt(receipt);
  const within = rows.filter(({ atMs }) => atMs >= from * 1_000 && atMs < (to + 1) * 1_000);
  const page = within.toReversed().slice(skip, skip + count);
  await answer(book, ctx, collection(page.map((row) => orderEntity(book, row))));
}
