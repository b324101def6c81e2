/**
 * The checkout: a page for an order, which a browser can walk. It knows the public key alone, as Razorpay's does,
 * and it tells the browser what Razorpay's tells: an order, a payment and their signature.
 */
import { Router } from '@koa/router';
import type { Context } from 'koa';
import getRawBody from 'raw-body';
import { orderOfId, paymentOfId, type Book } from './book';
import { checkoutSignature, FAILURES } from './entities';
import { METHODS, type Method } from './entries';
import type { BankWord } from './bank';
import type { Lifecycle } from './lifecycle';
import {
  bankPage,
  errorPage,
  orderPage,
  paidPage,
  paymentAddress,
  unpaidPage,
  upiPage,
  type Shown,
  type Visit,
} from './pages';
import { idIn } from './routes';
import type { Order, Payment } from './tables';

export const CHECKOUT_PATH = '/razorpay/checkout';
const FORM_LIMIT_BYTES = 16 * 1_024;
const BANK_WORDS: readonly string[] = ['yes', 'no', 'cancelled', 'late'] satisfies BankWord[];
/** No script, nothing from elsewhere; the last form goes to whoever asked for the payment. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

export interface CheckoutDeps {
  book: Book;
  lifecycle: Lifecycle;
  keyId: string;
  keySecret: string;
}

/** What the page answers to a request that it cannot serve. */
class PageError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export function createCheckout(deps: CheckoutDeps): Router {
  const { book, lifecycle } = deps;
  const router = new Router({ prefix: CHECKOUT_PATH });
  router.use(async (ctx, next) => {
    ctx.set({
      'Content-Security-Policy': POLICY,
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
    });
    try {
      await next();
    } catch (error) {
      if (!(error instanceof PageError)) throw error;
      send(ctx, errorPage(error.message), error.status);
    }
  });
  router.get('/', (ctx) => {
    const row = orderOf(book, ctx.query.order_id);
    const shown = shownOf(deps, row, visitOf(deps, ctx.query));
    if (book.rows.statusOf(row) === 'paid') throw new PageError(409, 'This order is paid.');
    send(ctx, orderPage(shown));
  });
  router.post('/orders/:id/payments', async (ctx) => {
    const fields = await readForm(ctx);
    const row = orderOf(book, idIn(ctx));
    const payment = lifecycle.pay(row.n, { method: methodOf(fields) });
    if (payment === undefined)
      throw new PageError(409, 'This order takes no payment: it is paid, or about to be.');
    await book.flushed();
    ctx.status = 303;
    ctx.redirect(paymentAddress(shownOf(deps, row, visitOf(deps, fields)), book.ids.of('pay', payment.n)));
  });
  router.get('/payments/:id', async (ctx) => {
    const payment = paymentOf(book, ctx);
    const shown = shownOf(deps, book.rows.order(payment.order), visitOf(deps, ctx.query));
    send(ctx, await pageOf(deps, shown, payment));
  });
  router.post('/payments/:id', async (ctx) => {
    const fields = await readForm(ctx);
    const payment = paymentOf(book, ctx);
    if (!BANK_WORDS.includes(String(fields.bank))) throw new PageError(400, 'What does the bank say?');
    lifecycle.decide(payment.n, fields.bank as BankWord); // one that was decided before stays as it is
    await book.flushed();
    ctx.status = 303;
    const shown = shownOf(deps, book.rows.order(payment.order), visitOf(deps, fields));
    ctx.redirect(paymentAddress(shown, book.ids.of('pay', payment.n)));
  });
  return router;
}

async function pageOf({ book, keySecret }: CheckoutDeps, shown: Shown, row: Payment): Promise<string> {
  const payment = book.ids.of('pay', row.n);
  if (row.status === 'created')
    return row.method === 'card' ? bankPage(shown, payment) : upiPage(shown, payment);
  if (row.status === 'refunded') return unpaidPage(shown, 'The payment was given back.');
  if (row.status === 'failed')
    return unpaidPage(shown, FAILURES[row.reason ?? '']?.description ?? 'The payment failed.');
  return paidPage(shown, {
    razorpay_payment_id: payment,
    razorpay_order_id: shown.order,
    razorpay_signature: checkoutSignature(shown.order, payment, keySecret),
  });
}

function send(ctx: Context, body: string, status = 200): void {
  ctx.status = status;
  ctx.type = 'html';
  ctx.body = body;
}

type Fields = Readonly<Record<string, unknown>>;

async function readForm(ctx: Context): Promise<Record<string, string>> {
  if (ctx.is('urlencoded') === false) throw new PageError(415, 'A form is expected.');
  try {
    const text = await getRawBody(ctx.req, { limit: FORM_LIMIT_BYTES, encoding: 'utf8' });
    return Object.fromEntries(new URLSearchParams(text));
  } catch {
    throw new PageError(400, 'A form is expected.');
  }
}

/** The card's number is looked at and kept nowhere; of a payer by UPI nothing is asked. */
function methodOf({ method, number }: Fields): Method {
  if (!(METHODS as readonly unknown[]).includes(method))
    throw new PageError(400, 'There is no such way to pay.');
  if (method === 'card' && !/^\d{12,19}$/.test(String(number).replaceAll(' ', '')))
    throw new PageError(400, 'This is not the number of a card.');
  return method as Method;
}

function visitOf({ keyId }: CheckoutDeps, { key_id: key, callback_url: callbackUrl }: Fields): Visit {
  if (key !== keyId) throw new PageError(400, 'The key is not known.');
  if (callbackUrl === undefined) return { keyId };
  if (typeof callbackUrl !== 'string' || !/^https?:\/\//i.test(callbackUrl) || !URL.canParse(callbackUrl))
    throw new PageError(400, 'The callback URL is not usable.');
  return { keyId, callbackUrl };
}

const shownOf = ({ book }: CheckoutDeps, { n, amountPaise }: Order, visit: Visit): Shown => ({
  ...visit,
  base: CHECKOUT_PATH,
  order: book.ids.of('order', n),
  amountPaise,
});

function orderOf(book: Book, id: unknown): Order {
  const order = orderOfId(book, id);
  if (order === undefined) throw new PageError(404, 'There is no such order.');
  return order;
}

function paymentOf(book: Book, ctx: Context): Payment {
  const payment = paymentOfId(book, idIn(ctx));
  if (payment === undefined) throw new PageError(404, 'There is no such payment.');
  return payment;
}
