/**
 * BillPay's HTTP contract (COU v2) over the book. An answer is sent only once everything it states is on
 * disk.
 */
import { Router } from '@koa/router';
import type { Context, Next } from 'koa';
import { SCENARIOS, scenarioOfEnding, type ScenarioCode } from '../../scenarios';
import { traceId } from '../ids';
import { endingOf, INSUFFICIENT_FUNDS } from '../outcomes';
import { answer, MAX_CALLBACKS_OWED } from '../product';
import { isFields, readObject } from '../request-fields';
import type { Row } from '../tables';
import { ok, type BillpayDeps } from './answers';
import { forgedPaymentHook } from './callbacks';
import {
  checkChannel,
  checkCustomer,
  checkPayment,
  inOrder,
  payableDirectly,
  payableOfFetch,
  requireFetchable,
  type Payable,
} from './checks';
import { createComplaintRoutes } from './complaint-routes';
import { fetchData, paymentAnswer } from './entities';
import {
  internalError,
  invalidCredentials,
  invalidPartner,
  invalidRefId,
  notAuthorised,
  validationError,
} from './errors';
import { createListRoutes } from './list-routes';
import { readFetch, readPayment, readRefId, type PaymentRequest } from './requests';

export const BILLPAY_PREFIX = '/setu-billpay';

export function createBillpayRouter(deps: BillpayDeps): Router {
  const router = new Router({ prefix: `${BILLPAY_PREFIX}/api/v2` });
  router.post('/auth/token', (ctx) => issueToken(deps, ctx));
  router.get('/health', (ctx) => {
    ctx.body = { environment: 'SANDBOX', server: 'munim-sandbox', version: '2' };
  });
  router.use((ctx, next) => authorise(deps, ctx, next));
  router.post('/bbps/bills/fetch/request', (ctx) => requestFetch(deps, ctx));
  router.post('/bbps/bills/fetch/response', (ctx) =>
    respond(deps, ctx, 'fetch', (row) => fetchData(deps.book, row)),
  );
  router.post('/bbps/bills/payment/request', (ctx) => requestPayment(deps, ctx));
  router.post('/bbps/bills/payment/response', (ctx) =>
    respond(deps, ctx, 'payment', (row) => paymentAnswer(deps.book, row)),
  );
  createComplaintRoutes(router, deps);
  createListRoutes(router, deps);
  return router;
}

async function issueToken({ tokens, settings }: BillpayDeps, ctx: Context): Promise<void> {
  const body = await readObject(ctx, validationError);
  const token = tokens.issue({ id: body.clientID, secret: body.secret });
  if (token === undefined) throw invalidCredentials();
  ctx.body = {
    expiresIn: Math.floor(settings.tokenLifeMs / 1_000),
    token,
    success: true,
    traceId: traceId(),
  };
}

async function authorise({ tokens, partnerId }: BillpayDeps, ctx: Context, next: Next): Promise<void> {
  if (!tokens.accepts(ctx.get('authorization'))) throw notAuthorised();
  if (ctx.get('x-partner-id') !== partnerId) throw invalidPartner();
  await next();
}

async function requestFetch({ book, lifecycle }: BillpayDeps, ctx: Context): Promise<void> {
  const { agent, billerId, customer } = readFetch(await readObject(ctx, validationError));
  const biller = requireFetchable(billerId);
  checkChannel(biller, agent.channel);
  checkCustomer(biller, customer.params);
  if (book.hooks.counts().pending >= MAX_CALLBACKS_OWED) throw internalError(429, 30);
  const details = {
    biller: billerId,
    mobile: customer.mobile,
    customer_id: customer.customerId,
    params: inOrder(biller, customer.params),
    channel: agent.channel,
  };
  const { row } = book.add('fetch', { details, status: 'Processing', scenario: null });
  await answer(book, ctx, ok({ refId: row.refId }));
  lifecycle.begin('fetch', row.n);
}

/** Answers the present state of the row with a refId. */
async function respond<K extends 'fetch' | 'payment'>(
  { book }: BillpayDeps,
  ctx: Context,
  kind: K,
  show: (row: Row<K>) => unknown,
): Promise<void> {
  const row = book.tables[kind].find('refId', readRefId(await readObject(ctx, validationError)));
  if (row === undefined) throw invalidRefId();
  await answer(book, ctx, ok(show(row)));
}

async function requestPayment(deps: BillpayDeps, ctx: Context): Promise<void> {
  const { book, orders } = deps;
  const body = await readObject(ctx, validationError);
  const known = knownPayment(deps, body);
  if (known !== undefined) return repeatPayment(deps, ctx, known);
  // No await from here until it is booked: a second request with the same paymentRefId must find it.
  const request = readPayment(body);
  const { paymentRefId } = request.payment;
  const fetch = request.refId === undefined ? undefined : book.tables.fetch.find('refId', request.refId);
  const payable = request.refId === undefined ? payableDirectly(request) : payableOfFetch(fetch, request);
  checkPayment(payable, request, fetch?.atMs ?? book.nowMs());
  if (book.hooks.counts().pending >= MAX_CALLBACKS_OWED) throw internalError(429, 30);
  const refusedBefore = book.wasRefused('billpay', paymentRefId);
  const ending = endingOf(payable.params[0]?.value ?? '');
  const scenario = refusedBefore
    ? '7777'
    : (orders.takeScenario({ accountEnding: ending, referenceId: paymentRefId }) ?? scenarioOfEnding(ending));
  if (SCENARIOS[scenario].answer === 'error_first' && !refusedBefore) {
    book.noteRefused('billpay', paymentRefId);
    await book.flushed();
    throw internalError();
  }
  await bookPayment(deps, ctx, { request, payable, scenario });
}

/** A paymentRefId that was used makes the request a duplicate, whatever else it says. */
function knownPayment({ book }: BillpayDeps, body: Record<string, unknown>): Row<'payment'> | undefined {
  const details = body.paymentDetails;
  return isFields(details) && typeof details.paymentRefId === 'string'
    ? book.tables.payment.find('paymentRefId', details.paymentRefId)
    : undefined;
}

async function repeatPayment(
  { book }: BillpayDeps,
  ctx: Context,
  { n, refId, details }: Row<'payment'>,
): Promise<void> {
  book.noteRepeat('payment', n);
  const duplicate = {
    code: 'duplicate-ref-id',
    message: `Duplicate payment reference ID: ${details.payment.paymentRefId}`,
    refId,
  };
  await book.flushed();
  ctx.status = 409;
  ctx.body = ok({ refId, duplicate });
}

/**
 * Books the payment and debits amount and convenience fee. If the wallet does not cover them, the payment
 * will fail.
 */
async function bookPayment(
  { book, lifecycle, held }: BillpayDeps,
  ctx: Context,
  { request, payable, scenario }: { request: PaymentRequest; payable: Payable; scenario: ScenarioCode },
): Promise<void> {
  const { payment, bills } = request;
  const { biller, mobile, customerId, params, channel, fetch } = payable;
  const totalPaise = BigInt(payment.amount) + BigInt(payment.custConvFee ?? 0);
  const isCovered = book.wallet('billpay').balancePaise >= totalPaise;
  const details = {
    biller: biller.id,
    mobile,
    customer_id: customerId,
    params,
    channel,
    fetch,
    payment,
    bills: bills === null || bills.length === 0 ? null : bills,
  };
  const { row } = book.add('payment', {
    details,
    status: 'Processing',
    scenario,
    ...(isCovered ? { debitPaise: totalPaise } : { failure: INSUFFICIENT_FUNDS }),
  });
  if (SCENARIOS[scenario].callbacks === 'disordered' && isCovered && lifecycle.hasCallbacks())
    lifecycle.owe(book.tell([forgedPaymentHook(book, row)]));
  await book.flushed();
  if (SCENARIOS[scenario].answer === 'never') held.hold(ctx);
  else ctx.body = ok({ refId: row.refId });
  lifecycle.begin('payment', row.n);
}
