/** The HTTP contract of the prepaid recharge service, and of the account service that logs its clients in. */
import { Router } from '@koa/router';
import type { Context, Next } from 'koa';
import { SCENARIOS, scenarioOfEnding, type ScenarioCode } from '../../scenarios';
import { traceId } from '../ids';
import { endingOf, INSUFFICIENT_FUNDS } from '../outcomes';
import { answer, MAX_CALLBACKS_OWED, type ProductDeps } from '../product';
import { readObject } from '../request-fields';
import type { Failure } from '../entries';
import { forgedRechargeHook, lowBalanceHook } from './callbacks';
import { rechargeData, rupees } from './entities';
import {
  balanceUnavailable,
  duplicatePaymentRef,
  internalServerError,
  invalidInput,
  invalidInstance,
  invalidParams,
  invalidTransaction,
  notAuthenticated,
  upstreamError,
} from './errors';
import { numberDetails, OPERATORS, plansOf, takesAmount, type Operator } from './operators';
import {
  readMobileToFetch,
  readPaymentRef,
  readPlansTarget,
  readRecharge,
  readValidation,
  type RechargeRequest,
} from './requests';

export const RECHARGE_PREFIX = '/setu-recharge';
export const ACCOUNTS_PREFIX = '/setu-accounts';

export interface RechargeDeps extends ProductDeps {
  productInstanceId: string;
}

const INVALID_AMOUNT: Failure = { type: 'BBPS', code: '2', message: 'Invalid Amount.' };
/** The operator's own fault, under the code that a wrong amount has too. */
const OPERATOR_FAULT = 'Operator Internal processing error';
const ok = (data: unknown) => ({ success: true, data, trace_id: traceId().toLowerCase() });

export function createAccountsRouter({ tokens }: RechargeDeps): Router {
  const router = new Router({ prefix: ACCOUNTS_PREFIX });
  router.post('/v1/users/login', async (ctx) => {
    const body = await readObject(ctx, notAuthenticated);
    const token =
      body.grant_type === 'client_credentials'
        ? tokens.issue({ id: body.ClientID, secret: body.Secret })
        : undefined;
    if (token === undefined) throw notAuthenticated();
    ctx.body = { access_token: token, refresh_token: '' };
  });
  return router;
}

export function createRechargeRouter(deps: RechargeDeps): Router {
  const { book } = deps;
  const router = new Router({ prefix: RECHARGE_PREFIX });
  /** Each path has its own status for a wrong product instance id. */
  const guarded =
    (wrongInstance: number) =>
    (ctx: Context, next: Next): Promise<void> =>
      authorise(deps, ctx, next, wrongInstance);
  router.post('/fetch-operator-details', guarded(400), async (ctx) => {
    ctx.body = ok(numberDetails(readMobileToFetch(await readObject(ctx, invalidParams))));
  });
  router.post('/fetch-plans', guarded(400), async (ctx) => {
    ctx.body = ok(plansOf(readPlansTarget(await readObject(ctx, invalidParams)).operator));
  });
  router.post('/recharge/validate', guarded(422), (ctx) => validate(ctx));
  router.post('/recharge/request', guarded(500), (ctx) => requestRecharge(deps, ctx));
  router.post('/recharge/status', guarded(422), (ctx) => statusOf(deps, ctx));
  router.get('/wallet/balance', guarded(422), async (ctx) => {
    if (!deps.settings.walletBalanceOn) throw balanceUnavailable();
    await answer(
      book,
      ctx,
      ok({ balance: Number(rupees(book.wallet('recharge').balancePaise)), currency: 'INR' }),
    );
  });
  return router;
}

async function authorise(
  { tokens, productInstanceId }: RechargeDeps,
  ctx: Context,
  next: Next,
  wrongInstance: number,
): Promise<void> {
  if (!tokens.accepts(ctx.get('authorization'))) throw notAuthenticated();
  const instance = ctx.get('x-product-instance-id');
  if (instance !== productInstanceId) throw invalidInstance(wrongInstance, instance.slice(0, 100));
  await next();
}

async function validate(ctx: Context): Promise<void> {
  const { mobile, operator, amount } = readValidation(await readObject(ctx, invalidInput));
  const error = validationError(mobile, operator, amount);
  const details = {
    mobile_number: mobile,
    provider: OPERATORS[operator],
    service_type: 'M',
    is_special: false,
  };
  ctx.body = ok({
    error,
    details,
    amount,
    ValidationRefNo: traceId().slice(0, 15),
    status: error === null ? 'Validation Successful' : 'Validation Failed',
  });
}

function validationError(mobile: string, operator: Operator, amount: number) {
  if (amount <= 0)
    return {
      code: '4',
      message: 'Amount Less Or Equalto Zero',
      failureReason: 'Amount Less Or Equalto Zero',
    };
  if (scenarioOfEnding(endingOf(mobile)) === '3333')
    return { code: '2', message: OPERATOR_FAULT, failureReason: OPERATOR_FAULT };
  return takesAmount(operator, BigInt(amount))
    ? null
    : { code: '2', message: 'Invalid Amount.', failureReason: 'Invalid Amount' };
}

async function statusOf({ book }: RechargeDeps, ctx: Context): Promise<void> {
  const ref = readPaymentRef(await readObject(ctx, invalidInput));
  const row = book.tables.recharge.find('paymentRefId', ref);
  if (row === undefined) throw invalidTransaction(ref);
  await answer(book, ctx, ok(rechargeData(book, row, 'status')));
}

async function requestRecharge(deps: RechargeDeps, ctx: Context): Promise<void> {
  const { book, orders } = deps;
  const request = readRecharge(await readObject(ctx, invalidInput));
  const { mobile, paymentRefId } = request;
  // No await from here until it is booked: a second request with the same paymentRefId must find it.
  const known = book.tables.recharge.find('paymentRefId', paymentRefId);
  if (known !== undefined) {
    book.noteRepeat('recharge', known.n);
    await book.flushed();
    throw duplicatePaymentRef(paymentRefId);
  }
  if (book.hooks.counts().pending >= MAX_CALLBACKS_OWED) throw internalServerError(429, 30);
  const refusedBefore = book.wasRefused('recharge', paymentRefId);
  const ending = endingOf(mobile);
  const scenario = refusedBefore
    ? '7777'
    : (orders.takeScenario({ accountEnding: ending, referenceId: paymentRefId }) ?? scenarioOfEnding(ending));
  if (SCENARIOS[scenario].answer === 'error_first' && !refusedBefore) {
    book.noteRefused('recharge', paymentRefId);
    await book.flushed();
    throw upstreamError();
  }
  await bookRecharge(deps, ctx, request, scenario);
}

/**
 * Books the recharge and debits its amount. It will fail if the wallet does not cover it or the operator
 * refuses the amount.
 */
async function bookRecharge(
  { book, lifecycle, held, settings }: RechargeDeps,
  ctx: Context,
  request: RechargeRequest,
  scenario: ScenarioCode,
): Promise<void> {
  const { mobile, operator, location, amount, mode, paymentRefId, refId } = request;
  const amountPaise = BigInt(amount);
  const before = book.wallet('recharge').balancePaise;
  let failure: Failure | undefined;
  if (!takesAmount(operator, amountPaise)) failure = INVALID_AMOUNT;
  else if (before < amountPaise) failure = { ...INSUFFICIENT_FUNDS, message: 'Insufficient balance' };
  const after = before - amountPaise;
  const isAlarm =
    failure === undefined &&
    lifecycle.hasCallbacks() &&
    before >= settings.lowBalancePaise &&
    after < settings.lowBalancePaise;
  const details = { mobile, operator, location, amount, mode, payment_ref_id: paymentRefId, ref_id: refId };
  const { row, owed } = book.add('recharge', {
    details,
    status: 'Processing',
    scenario,
    ...(failure === undefined ? { debitPaise: amountPaise } : { failure }),
    hooks: isAlarm ? [lowBalanceHook(book, after)] : [],
  });
  lifecycle.owe(owed);
  if (SCENARIOS[scenario].callbacks === 'disordered' && failure === undefined && lifecycle.hasCallbacks())
    lifecycle.owe(book.tell([forgedRechargeHook(book, row)]));
  lifecycle.begin('recharge', row.n);
  const data = rechargeData(book, row, 'request');
  await book.flushed();
  if (SCENARIOS[scenario].answer === 'never') held.hold(ctx);
  else ctx.body = ok(data);
}
