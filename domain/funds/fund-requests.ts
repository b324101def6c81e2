import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import type { UserId } from '../ids/ids';
import { addMs, businessDate, type Clock } from '../../platform/clock';
import { errorOfConstraint } from '../../platform/database';
import { namedUuidAt, publicId } from '../../platform/ids';
import { formatRupees, paiseToJson, type Paise } from '../../platform/money';
import { mapPage, pageOf, type Page, type PageRequest } from '../../platform/page';
import { insertOne } from '../../platform/sql';
import type { Cursors } from '../errors/cursor';
import { DomainError, fieldError } from '../errors/errors';
import { inListTime } from '../errors/list-time';
import { FUNDS_ERRORS } from './errors';
import {
  decideRequest,
  findByKey,
  findRequest,
  fundRuleOn,
  listOfUser,
  lockMainWallet,
  sumOfDay,
  type FundMode,
  type FundRequestRow,
  type FundRequestState,
  type FundRule,
} from './fund-request-rows';

/**
 * A user has brought money to a bank account of ours and asks for it in the wallet. Nothing is credited on their
 * word: staff find the line of the bank's statement (fund-request-actions.ts), and two of them approve.
 */
export interface FundRequests {
  /**
   * Throws DomainError IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_IN_PROGRESS, FUND_REQUEST_NOT_TAKEN,
   * FUND_REQUEST_AMOUNT_INVALID, FUND_REQUEST_DATE_INVALID, FUND_REQUEST_UTR_USED, LIMIT_EXCEEDED.
   */
  ask(userId: UserId, key: string, asked: FundsAsked): Promise<{ view: FundRequestView; replayed: boolean }>;
  /** The user takes it back while it waits. Throws DomainError FUND_REQUEST_NOT_FOUND, FUND_REQUEST_DECIDED. */
  withdraw(userId: UserId, id: string): Promise<FundRequestView>;
  /** Throws DomainError FUND_REQUEST_NOT_FOUND. */
  get(userId: UserId, id: string): Promise<FundRequestView>;
  /** The newest first. Throws DomainError LIST_TOO_SLOW. */
  list(userId: UserId, page: PageRequest): Promise<Page<FundRequestView>>;
}

export interface FundsAsked {
  amountPaise: Paise;
  bank: string;
  mode: FundMode;
  /** In one form (utr.ts). */
  utr: string;
  /** The day in India on which it was paid, `YYYY-MM-DD`. */
  paidOn: string;
}

export interface FundRequestView {
  id: string;
  object: 'fund_request';
  status: FundRequestState;
  amount: number;
  currency: 'INR';
  bank: string;
  mode: FundMode;
  utr: string;
  paid_on: string;
  note: string | null;
  created_at: string;
  decided_at: string | null;
  links: { self: string };
}

export interface FundRequestDependencies {
  knex: Knex;
  lists: Knex;
  clock: Clock;
  cursors: Cursors;
}

const DAY_MS = 86_400_000;

export function createFundRequests(deps: FundRequestDependencies): FundRequests {
  const { knex, clock } = deps;
  return {
    ask: (userId, key, asked) => ask(deps, userId, key, asked),
    async withdraw(userId, id) {
      await findOwn(knex, userId, id);
      if (!(await decideRequest(knex, id, { state: 'withdrawn', by: null, at: clock.now() })))
        throw new DomainError(FUNDS_ERRORS.FUND_REQUEST_DECIDED);
      return viewOf(await findOwn(knex, userId, id));
    },
    get: async (userId, id) => viewOf(await findOwn(knex, userId, id)),
    async list(userId, { limit, cursor }) {
      const { decode, encode } = deps.cursors.of(JSON.stringify(['fund requests', userId]));
      const found = await inListTime(
        listOfUser(deps.lists, userId, { before: decode(cursor), limit: limit + 1 }),
      );
      return mapPage(
        pageOf(found, limit, (last) => encode(last.id)),
        viewOf,
      );
    },
  };
}

async function findOwn(knex: Knex, userId: UserId, id: string): Promise<FundRequestRow> {
  const found = await findRequest(knex, id);
  if (found?.userId !== userId) throw new DomainError(FUNDS_ERRORS.FUND_REQUEST_NOT_FOUND);
  return found;
}

async function ask(
  { knex, clock }: FundRequestDependencies,
  userId: UserId,
  key: string,
  asked: FundsAsked,
): ReturnType<FundRequests['ask']> {
  const hash = hashOf(asked);
  const first = await findFirst(knex, { userId, key, hash });
  if (first !== undefined) return first;
  const at = clock.now();
  const id = namedUuidAt(at, `fund-request|${userId}|${key}`);
  const { amountPaise, bank, mode, utr, paidOn } = asked;
  const inserted = await knex
    .transaction(async (trx) => {
      const { walletId, accountId } = await lockMainWallet(trx, userId);
      const rule = await requireRule(trx, asked, at);
      await requireRoom(trx, { userId, ...asked }, rule);
      return insertOne(
        trx,
        'fund_requests',
        {
          id,
          user_id: userId,
          wallet_id: walletId,
          account_id: accountId,
          bank,
          mode,
          amount_paise: amountPaise,
          utr,
          paid_on: paidOn,
          idempotency_key: key,
          request_hash: hash,
          created_at: at,
        },
        'on conflict (user_id, idempotency_key) do nothing',
      );
    })
    .catch((error: unknown) => {
      throw errorOfConstraint(error, {
        fund_requests_utr_once: () => new DomainError(FUNDS_ERRORS.FUND_REQUEST_UTR_USED),
      });
    });
  const made = inserted === 1 ? await findRequest(knex, id) : undefined;
  if (made !== undefined) return { view: viewOf(made), replayed: false };
  const other = await findFirst(knex, { userId, key, hash });
  if (other !== undefined) return other;
  throw new DomainError('IDEMPOTENCY_IN_PROGRESS', { retryAfterS: 1 });
}

/** The answer of an earlier request with the key. */
async function findFirst(
  knex: Knex,
  { userId, key, hash }: { userId: UserId; key: string; hash: Buffer },
): Promise<{ view: FundRequestView; replayed: boolean } | undefined> {
  const found = await findByKey(knex, userId, key);
  if (found === undefined) return undefined;
  if (found.requestHash.equals(hash)) return { view: viewOf(asAsked(found)), replayed: true };
  throw new DomainError('IDEMPOTENCY_KEY_REUSED', {
    detail: 'this Idempotency-Key was used with another request; use a fresh key for a new one',
  });
}

/** As it was answered first: what became of it is read at its own address. */
const asAsked = (row: FundRequestRow): FundRequestRow => ({
  ...row,
  state: 'pending',
  decidedAt: null,
  note: null,
});

async function requireRule(
  trx: Knex.Transaction,
  { bank, mode, amountPaise, paidOn }: FundsAsked,
  at: Date,
): Promise<FundRule> {
  const today = businessDate(at);
  const rule = await fundRuleOn(trx, today, { bank, mode });
  if (rule === undefined || rule.maxPaise === 0n) throw new DomainError(FUNDS_ERRORS.FUND_REQUEST_NOT_TAKEN);
  if (amountPaise < rule.minPaise || amountPaise > rule.maxPaise)
    throw fieldError(
      FUNDS_ERRORS.FUND_REQUEST_AMOUNT_INVALID,
      '#/amount',
      `the amount must be from ${formatRupees(rule.minPaise)} to ${formatRupees(rule.maxPaise)}`,
    );
  const oldest = businessDate(addMs(at, -rule.oldestDays * DAY_MS));
  if (paidOn > today || paidOn < oldest)
    throw fieldError(
      FUNDS_ERRORS.FUND_REQUEST_DATE_INVALID,
      '#/paid_on',
      `the day must be from ${oldest} to ${today}`,
    );
  return rule;
}

async function requireRoom(
  trx: Knex.Transaction,
  asked: FundsAsked & { userId: UserId },
  { dayCapPaise }: FundRule,
): Promise<void> {
  if (dayCapPaise === null || (await sumOfDay(trx, asked)) + asked.amountPaise <= dayCapPaise) return;
  throw new DomainError('LIMIT_EXCEEDED', {
    detail: `of ${asked.mode} no more than ${formatRupees(dayCapPaise)} is taken from one user for one day`,
  });
}

/** Of what a repeat must have in common with the first. It holds no personal value, so it needs no key. */
function hashOf({ amountPaise, bank, mode, utr, paidOn }: FundsAsked): Buffer {
  const canonical = JSON.stringify([amountPaise.toString(), bank, mode, utr, paidOn]);
  return createHash('sha256').update(canonical).digest();
}

export function viewOf(row: FundRequestRow): FundRequestView {
  const id = publicId('fundRequest', row.id);
  return {
    id,
    object: 'fund_request',
    status: row.state,
    amount: paiseToJson(row.amountPaise),
    currency: 'INR',
    bank: row.bank,
    mode: row.mode,
    utr: row.utr,
    paid_on: row.paidOn,
    note: row.note,
    created_at: row.createdAt.toISOString(),
    decided_at: row.decidedAt?.toISOString() ?? null,
    links: { self: `/v1/fund-requests/${id}` },
  };
}
