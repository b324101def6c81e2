/** Cashfree's HTTP contract over the book. An answer is sent only once everything it states is on disk. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Router } from '@koa/router';
import type { Context, Next } from 'koa';
import getRawBody from 'raw-body';
import type { Log } from '../../platform/logger';
import type { HeldAnswers } from '../held-answers';
import type { Orders } from '../orders';
import { SCENARIOS, scenarioOfEnding, type ScenarioCode } from '../scenarios';
import type { Book } from './book';
import { beneficiaryEntity, jsonText, numberOf, transferEntity } from './entities';
import type { Instrument } from './entries';
import {
  authenticationFailed,
  badRequest,
  beneficiaryExists,
  beneficiaryIdExists,
  beneficiaryNotFound,
  CashfreeError,
  cfTransferIdNotFound,
  notEnabled,
  nothingHere,
  serverError,
  tooManyRequests,
  transferIdExists,
  transferIdNotFound,
} from './errors';
import type { Lifecycle } from './lifecycle';
import {
  checkModeSuits,
  readBeneficiary,
  readBeneficiaryQuery,
  readObject,
  readTransfer,
  rejectionOf,
  type TransferRequest,
} from './requests';
import type { Beneficiary } from './tables';

export const CASHFREE_PREFIX = '/cashfree/payout';
const BODY_LIMIT_BYTES = 64 * 1_024;
const MAX_IN_FLIGHT = 2_000;
const MAX_CALLBACKS_OWED = 500_000;
const VERSION = '2024-01-01';

export interface CashfreeDeps {
  book: Book;
  lifecycle: Lifecycle;
  orders: Orders;
  held: HeldAnswers;
  log: Log;
  clientId: string;
  clientSecret: string;
}

export function createCashfreeRouter(deps: CashfreeDeps): Router {
  const { book } = deps;
  const router = new Router({ prefix: CASHFREE_PREFIX });
  router.post('/transfers', (ctx) => createTransfer(deps, ctx));
  router.get('/transfers', (ctx) => fetchTransfer(book, ctx));
  router.post('/beneficiary', (ctx) => createBeneficiary(book, ctx));
  router.get('/beneficiary', async (ctx) => {
    await answer(book, ctx, beneficiaryEntity(askedFor(book, ctx)));
  });
  router.delete('/beneficiary', async (ctx) => {
    const row = askedFor(book, ctx);
    book.removeBeneficiary(row.n);
    await answer(book, ctx, { ...beneficiaryEntity(row), beneficiary_status: 'DELETED' });
  });
  return router;
}

/** The guard in front of all routes: load limit, credentials, ordered faults, and errors in Cashfree's format. */
export function createCashfreeGuard({
  clientId,
  clientSecret,
  orders,
  log,
}: CashfreeDeps): (ctx: Context, next: Next) => Promise<void> {
  let inFlight = 0;

  function check(ctx: Context): void {
    const isKnown = isSame(ctx.get('x-client-id'), clientId);
    if (!isSame(ctx.get('x-client-secret'), clientSecret) || !isKnown) throw authenticationFailed();
    const version = ctx.get('x-api-version');
    if (version !== '' && version !== VERSION)
      throw badRequest('x-api-version_invalid', `the version is ${VERSION}`);
    const fault = orders.takeFault({ method: ctx.method, path: ctx.path });
    if (fault === undefined) return;
    const after = fault.retryAfterS ?? undefined;
    if (fault.status === 400) throw notEnabled();
    throw fault.status === 429 ? tooManyRequests(after) : serverError(fault.status, after);
  }

  return async (ctx, next) => {
    inFlight += 1;
    try {
      if (inFlight > MAX_IN_FLIGHT) throw tooManyRequests(1);
      check(ctx);
      await next();
      if ((ctx.status === 404 || ctx.status === 405) && ctx.respond !== false) throw nothingHere();
    } catch (error) {
      if (!(error instanceof CashfreeError)) log.error({ err: error, path: ctx.path }, 'a request failed');
      const { status, body, retryAfterS } = error instanceof CashfreeError ? error : serverError();
      ctx.status = status;
      ctx.body = body;
      if (retryAfterS !== undefined) ctx.set('Retry-After', String(retryAfterS));
    } finally {
      inFlight -= 1;
    }
  };
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

async function answer(book: Book, ctx: Context, body: unknown, status = 200): Promise<void> {
  await book.flushed();
  ctx.status = status;
  ctx.type = 'application/json';
  ctx.body = jsonText(body);
}

async function readRaw(ctx: Context): Promise<Buffer> {
  try {
    return await getRawBody(ctx.req, {
      length: ctx.req.headers['content-length'] ?? null,
      limit: BODY_LIMIT_BYTES,
    });
  } catch {
    throw badRequest('request_invalid', 'the body should be a JSON object of 64 kB at most');
  }
}

async function createTransfer(deps: CashfreeDeps, ctx: Context): Promise<void> {
  const { book } = deps;
  const raw = await readRaw(ctx);
  const hash = createHash('sha256').update(raw).digest('hex');
  // No await from here until it is booked: a second request with the same id must find it.
  const request = readTransfer(readObject(raw));
  const { transferId } = request;
  const known = book.transfers.ofId(transferId);
  if (known !== undefined) {
    book.noteRepeat(known.n, hash);
    await book.flushed();
    throw transferIdExists();
  }
  if (book.hooks.counts().pending >= MAX_CALLBACKS_OWED) throw tooManyRequests(30);
  const beneficiary = book.beneficiaries.ofId(request.beneficiaryId);
  if (beneficiary === undefined) throw beneficiaryNotFound();
  checkModeSuits(request.mode, beneficiary.instrument);
  const refusedBefore = book.wasRefused(transferId);
  const scenario = refusedBefore ? '7777' : chooseScenario(deps, beneficiary.instrument, transferId);
  if (SCENARIOS[scenario].answer === 'error_first' && !refusedBefore) {
    book.noteRefused(transferId, hash);
    await book.flushed();
    throw serverError();
  }
  await bookTransfer(deps, ctx, { request, beneficiary, hash, scenario });
}

function chooseScenario({ orders }: CashfreeDeps, instrument: Instrument, transferId: string): ScenarioCode {
  const text = 'vpa' in instrument ? instrument.vpa.split('@')[0]! : instrument.bank_account_number;
  const ending = text.slice(-4);
  return orders.takeScenario({ accountEnding: ending, referenceId: transferId }) ?? scenarioOfEnding(ending);
}

interface Booking {
  request: TransferRequest;
  beneficiary: Beneficiary;
  hash: string;
  scenario: ScenarioCode;
}

/** The answer says what is booked: received, queued or rejected; whatever comes of it is told later. */
async function bookTransfer(
  { book, lifecycle, held }: CashfreeDeps,
  ctx: Context,
  { request, beneficiary, hash, scenario }: Booking,
): Promise<void> {
  const { transferId, amountPaise, mode, fundsource } = request;
  const rejection = rejectionOf(request);
  const row = book.addTransfer({
    transfer_id: transferId,
    hash,
    beneficiary: beneficiary.n,
    amountPaise,
    mode,
    fundsource,
    scenario,
    ...(rejection === undefined ? {} : { rejection }),
  });
  const entity = transferEntity(book, row);
  await book.flushed();
  lifecycle.begin(row.n);
  if (SCENARIOS[scenario].answer === 'never') held.hold(ctx);
  else await answer(book, ctx, entity);
}

async function fetchTransfer(book: Book, ctx: Context): Promise<void> {
  const { cf_transfer_id: cfId, transfer_id: transferId } = ctx.query;
  if (typeof cfId === 'string') {
    const n = numberOf(book, cfId);
    if (n === undefined) throw cfTransferIdNotFound();
    return answer(book, ctx, transferEntity(book, book.transfers.get(n)));
  }
  const row = typeof transferId === 'string' ? book.transfers.ofId(transferId) : undefined;
  if (row === undefined) throw transferIdNotFound();
  return answer(book, ctx, transferEntity(book, row));
}

/** A deleted id may be used again; the docs do not say. */
async function createBeneficiary(book: Book, ctx: Context): Promise<void> {
  const details = readBeneficiary(readObject(await readRaw(ctx)));
  if (book.beneficiaries.ofId(details.id) !== undefined) throw beneficiaryIdExists();
  if (book.beneficiaries.sameAccount(details.instrument) !== undefined) throw beneficiaryExists();
  await answer(book, ctx, beneficiaryEntity(book.addBeneficiary(details)), 201);
}

function askedFor(book: Book, ctx: Context): Beneficiary {
  const query = readBeneficiaryQuery(ctx.query);
  const row =
    'id' in query
      ? book.beneficiaries.ofId(query.id)
      : book.beneficiaries.ofAccount(query.account, query.ifsc);
  if (row === undefined) throw beneficiaryNotFound();
  return row;
}
