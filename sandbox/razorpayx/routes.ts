/** RazorpayX's HTTP contract over the book. An answer is sent only once everything it states is on disk. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Router } from '@koa/router';
import type { Context, Next } from 'koa';
import getRawBody from 'raw-body';
import type { Log } from '../../platform/logger';
import { NONE, UNREAD } from '../book/lookup';
import type { HeldAnswers } from '../held-answers';
import type { Orders } from '../orders';
import { SCENARIOS, scenarioOfEnding, type ScenarioCode } from '../scenarios';
import type { Book } from './book';
import { collection, contactEntity, fundAccountEntity, payoutEntity, transactionEntity } from './entities';
import {
  authenticationFailed,
  bodyTooLarge,
  idDoesNotExist,
  idempotencyKeyReused,
  inactiveParty,
  invalidField,
  notCancellable,
  notEnoughBalance,
  ProviderError,
  serverError,
  tooManyRequests,
  unreadableBody,
  urlNotFound,
} from './errors';
import type { Lifecycle } from './lifecycle';
import { listBalances } from './balances';
import { readPayoutsQuery, readTransactionsQuery, type PageQuery, type PayoutsQuery } from './queries';
import {
  checkModeSuits,
  readActivity,
  readContact,
  readFundAccount,
  readIdempotencyKey,
  readJsonObject,
  readPayout,
  type PayoutRequest,
} from './requests';

const BODY_LIMIT_BYTES = 64 * 1_024;
const MAX_IN_FLIGHT = 2_000;
const MAX_CALLBACKS_OWED = 500_000;

export interface RazorpayxDeps {
  book: Book;
  lifecycle: Lifecycle;
  orders: Orders;
  held: HeldAnswers;
  log: Log;
  keyId: string;
  keySecret: string;
}

export function createRazorpayxRouter(deps: RazorpayxDeps): Router {
  const { book } = deps;
  const router = new Router({ prefix: '/v1' });
  router.post('/payouts', (ctx) => createPayout(deps, ctx));
  router.get('/payouts/:id', async (ctx) => {
    await answer(book, ctx, await payoutOf(book, payoutSlot(book, ctx), true));
  });
  router.get('/payouts', (ctx) => listPayouts(book, ctx));
  router.post('/payouts/:id/cancel', (ctx) => cancelPayout(deps, ctx));
  router.post('/contacts', (ctx) => createContact(book, ctx));
  router.patch('/contacts/:id', (ctx) => switchContact(book, ctx));
  router.post('/fund_accounts', (ctx) => createFundAccount(book, ctx));
  router.patch('/fund_accounts/:id', (ctx) => switchFundAccount(book, ctx));
  router.get('/transactions', (ctx) => listTransactions(book, ctx));
  router.get('/banking_balances', async (ctx) => {
    await answer(book, ctx, listBalances(book, ctx.query));
  });
  return router;
}

/**
 * The guard in front of all routes: load limit, credentials, ordered faults, and errors in RazorpayX's
 * format.
 */
export function createRazorpayxGuard({
  keyId,
  keySecret,
  orders,
  log,
}: Pick<RazorpayxDeps, 'keyId' | 'keySecret' | 'orders' | 'log'>): (
  ctx: Context,
  next: Next,
) => Promise<void> {
  const expected = Buffer.from(`Basic ${Buffer.from(`${keyId}:${keySecret}`).toString('base64')}`);
  let inFlight = 0;

  function check(ctx: Context): void {
    const given = Buffer.from(ctx.get('authorization'));
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw authenticationFailed();
    const fault = orders.takeFault({ method: ctx.method, path: ctx.path });
    if (fault === undefined) return;
    if (fault.status === 400) throw urlNotFound();
    throw fault.status === 429
      ? tooManyRequests(fault.retryAfterS ?? undefined)
      : serverError(fault.status, fault.retryAfterS ?? undefined);
  }

  return async (ctx, next) => {
    inFlight += 1;
    try {
      if (inFlight > MAX_IN_FLIGHT) throw tooManyRequests(1);
      check(ctx);
      await next();
      if (ctx.status === 404 && ctx.respond !== false) throw urlNotFound();
    } catch (error) {
      if (!(error instanceof ProviderError)) log.error({ err: error, path: ctx.path }, 'a request failed');
      const { status, body, retryAfterS } = error instanceof ProviderError ? error : serverError();
      ctx.status = status;
      ctx.body = body;
      if (retryAfterS !== undefined) ctx.set('Retry-After', String(retryAfterS));
      if (status === 413) ctx.set('Connection', 'close'); // do not read the rest of the body
    } finally {
      inFlight -= 1;
    }
  };
}

async function answer(book: Book, ctx: Context, body: unknown): Promise<void> {
  await book.flushed();
  ctx.body = body;
}

export async function readRaw(ctx: Context): Promise<Buffer> {
  try {
    return await getRawBody(ctx.req, {
      length: ctx.req.headers['content-length'] ?? null,
      limit: BODY_LIMIT_BYTES,
    });
  } catch (error) {
    throw (error as { status?: number }).status === 413 ? bodyTooLarge() : unreadableBody();
  }
}

async function createPayout(deps: RazorpayxDeps, ctx: Context): Promise<void> {
  const { book } = deps;
  const key = readIdempotencyKey(ctx.req.headers['x-payout-idempotency']);
  const raw = await readRaw(ctx);
  const hash = createHash('sha256').update(raw).digest('hex');
  let slot = book.payouts.slotByKey(key);
  while (slot === UNREAD) {
    await book.payouts.loadKey(key);
    slot = book.payouts.slotByKey(key);
  }
  if (slot !== NONE) return repeatPayout(book, ctx, slot, hash);
  // No await from here until it is booked: a second request with the same key must find it.
  const request = readPayout(readJsonObject(raw));
  if (request.accountNumber !== book.accountNumber)
    throw invalidField('account_number', 'The account number is invalid.');
  if (book.hooks.counts().pending >= MAX_CALLBACKS_OWED) throw tooManyRequests(30);
  const fundAccount = book.ids.slotOf('fa', request.fundAccountId);
  if (fundAccount === -1 || fundAccount >= book.parties.fundAccountCount) throw idDoesNotExist();
  if (!book.parties.isActive('fund_account', fundAccount)) throw inactiveParty('fund account');
  if (!book.parties.isActive('contact', book.parties.fundAccountContact(fundAccount)))
    throw inactiveParty('contact');
  checkModeSuits(request.mode, book.parties.fundAccountType(fundAccount));
  if (!book.sendsOn(request.mode, request.amountPaise) && !request.queueIfLowBalance)
    throw notEnoughBalance();
  const refusedBefore = book.wasRefused(key);
  const scenario = refusedBefore ? '7777' : chooseScenario(deps, fundAccount, request);
  if (SCENARIOS[scenario].answer === 'error_first' && !refusedBefore) {
    book.noteRefused(key, hash);
    await book.flushed();
    throw serverError();
  }
  await bookPayout(deps, ctx, { request, fundAccount, key, hash, scenario });
}

function chooseScenario(
  { book, orders }: RazorpayxDeps,
  fundAccount: number,
  { referenceId }: PayoutRequest,
): ScenarioCode {
  const accountEnding = book.parties.fundAccountEnding(fundAccount);
  return orders.takeScenario({ accountEnding, referenceId }) ?? scenarioOfEnding(accountEnding);
}

interface Booking {
  request: PayoutRequest;
  fundAccount: number;
  key: string;
  hash: string;
  scenario: ScenarioCode;
}

async function bookPayout(
  { book, lifecycle, held }: RazorpayxDeps,
  ctx: Context,
  { request, fundAccount, key, hash, scenario }: Booking,
): Promise<void> {
  const { amountPaise, mode, purpose, referenceId, narration, notes } = request;
  const slot = book.addPayout({
    key,
    hash,
    fund_account: fundAccount,
    amountPaise,
    mode,
    purpose,
    reference_id: referenceId,
    narration,
    notes,
    scenario,
  });
  const isQueued = book.payouts.status(slot) === 'queued';
  if (isQueued) lifecycle.queue(slot);
  const entity = await payoutOf(book, slot, false);
  await book.flushed();
  if (!isQueued) lifecycle.begin(slot);
  if (SCENARIOS[scenario].answer === 'never') held.hold(ctx);
  else ctx.body = entity;
}

/** A repeated key is answered with the payout as it is now, or with an error when the body differs. */
async function repeatPayout(book: Book, ctx: Context, slot: number, hash: string): Promise<void> {
  book.noteRepeat(slot, hash);
  const row = await book.payouts.row(slot);
  const entity = await payoutOf(book, slot, false);
  await book.flushed();
  if (row.hash !== hash) throw idempotencyKeyReused();
  ctx.body = entity;
}

async function payoutOf(book: Book, slot: number, fetched: boolean) {
  const row = await book.payouts.row(slot);
  return payoutEntity(book, row, book.payouts.state(slot), fetched);
}

function payoutSlot(book: Book, ctx: Context): number {
  const slot = book.ids.slotOf('pout', (ctx.params as { id: string }).id);
  if (slot === -1 || slot >= book.payouts.count) throw idDoesNotExist();
  return slot;
}

async function cancelPayout({ book, lifecycle }: RazorpayxDeps, ctx: Context): Promise<void> {
  const slot = payoutSlot(book, ctx);
  if (!lifecycle.cancel(slot)) throw notCancellable();
  await answer(book, ctx, await payoutOf(book, slot, true));
}

async function createContact(book: Book, ctx: Context): Promise<void> {
  const details = readContact(readJsonObject(await readRaw(ctx)));
  let slot = book.parties.sameContact(details);
  while (slot === UNREAD) {
    await book.parties.loadContact(details);
    slot = book.parties.sameContact(details);
  }
  const contact = slot === NONE ? book.addContact(details) : await book.parties.contact(slot);
  await answer(book, ctx, contactEntity(book, contact));
}

async function createFundAccount(book: Book, ctx: Context): Promise<void> {
  const { contactId, account } = readFundAccount(readJsonObject(await readRaw(ctx)));
  const contact = book.ids.slotOf('cont', contactId);
  if (contact === -1 || contact >= book.parties.contactCount) throw idDoesNotExist();
  const details = { contact, account };
  let slot = book.parties.sameFundAccount(details);
  while (slot === UNREAD) {
    await book.parties.loadFundAccount(details);
    slot = book.parties.sameFundAccount(details);
  }
  const fundAccount = slot === NONE ? book.addFundAccount(details) : await book.parties.fundAccount(slot);
  await answer(book, ctx, fundAccountEntity(book, fundAccount));
}

async function switchContact(book: Book, ctx: Context): Promise<void> {
  const slot = partySlot(book, ctx, 'cont', book.parties.contactCount);
  book.setActivity('contact', slot, readActivity(readJsonObject(await readRaw(ctx))));
  await answer(book, ctx, contactEntity(book, await book.parties.contact(slot)));
}

async function switchFundAccount(book: Book, ctx: Context): Promise<void> {
  const slot = partySlot(book, ctx, 'fa', book.parties.fundAccountCount);
  book.setActivity('fund_account', slot, readActivity(readJsonObject(await readRaw(ctx))));
  await answer(book, ctx, fundAccountEntity(book, await book.parties.fundAccount(slot)));
}

function partySlot(book: Book, ctx: Context, kind: 'cont' | 'fa', count: number): number {
  const slot = book.ids.slotOf(kind, (ctx.params as { id: string }).id);
  if (slot === -1 || slot >= count) throw idDoesNotExist();
  return slot;
}

async function listPayouts(book: Book, ctx: Context): Promise<void> {
  const query = readPayoutsQuery(ctx.query);
  checkAccount(book, query);
  const slots =
    query.referenceId === null
      ? scanPayouts(book, query)
      : await findByReference(book, query, query.referenceId);
  await answer(book, ctx, collection(await Promise.all(slots.map((slot) => payoutOf(book, slot, true)))));
}

async function findByReference(book: Book, query: PayoutsQuery, referenceId: string): Promise<number[]> {
  const found = await book.payouts.slotsByReference(
    referenceId,
    (slot) => isWanted(book, query, slot),
    Math.min(query.skip, 10_000) + query.count,
  );
  return found.slice(query.skip);
}

function scanPayouts(book: Book, query: PayoutsQuery): number[] {
  const found: number[] = [];
  let toSkip = query.skip;
  for (
    let slot = book.payouts.count - 1;
    slot >= 0 && found.length < query.count && book.payouts.createdAt(slot) >= query.from;
    slot -= 1
  ) {
    if (!isWanted(book, query, slot)) continue;
    if (toSkip > 0) toSkip -= 1;
    else found.push(slot);
  }
  return found;
}

function isWanted(book: Book, { from, to, status, mode }: PayoutsQuery, slot: number): boolean {
  const at = book.payouts.createdAt(slot);
  return (
    at >= from &&
    at <= to &&
    (status === null || book.payouts.status(slot) === status) &&
    (mode === null || book.payouts.mode(slot) === mode)
  );
}

async function listTransactions(book: Book, ctx: Context): Promise<void> {
  const query = readTransactionsQuery(ctx.query);
  checkAccount(book, query);
  const found: number[] = [];
  let toSkip = query.skip;
  for (let i = book.statement.count - 1; i >= 0 && found.length < query.count; i -= 1) {
    const { at } = book.statement.row(i);
    if (at < query.from) break;
    if (at > query.to) continue;
    if (toSkip > 0) toSkip -= 1;
    else found.push(i);
  }
  await answer(book, ctx, collection(await Promise.all(found.map((i) => transactionEntity(book, i)))));
}

function checkAccount(book: Book, { accountNumber }: PageQuery): void {
  if (accountNumber !== book.accountNumber)
    throw invalidField('account_number', 'The account number is invalid.');
}
