import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import type { UserId } from '../ids/ids';
import { businessDate, type Clock } from '../../platform/clock';
import { isConnectionError, isRetryableError } from '../../platform/database';
import { namedUuidAt, publicId } from '../../platform/ids';
import { formatRupees, paiseToJson, type Paise } from '../../platform/money';
import { mapPage, pageOf, type Page, type PageRequest } from '../../platform/page';
import type { Cursors } from '../errors/cursor';
import { DomainError, fieldError } from '../errors/errors';
import { inListTime } from '../errors/list-time';
import type { WalletKind } from '../ledger/accounts';
import type { Reservation } from '../ledger/apply';
import { postIn } from '../ledger/post';
import { isInSubtree, keepPlaces } from '../network/subtree';
import { TRANSFER_ERRORS } from './errors';
import {
  findNamed,
  findSides,
  findTransfer,
  insertTransfer,
  listTransfers,
  ruleOn,
  type Side,
  type TransferKind,
  type TransferRow,
  type TransferRule,
} from './transfer-rows';

/**
 * Money that users move between wallets: between their own, down their network, and back. No provider is asked,
 * so it is posted while the caller waits, in one database transaction with its row: it is done or refused, and
 * never pending. Accounts are locked in the order of their ids, whichever way the money goes, so two that send to
 * each other do not wait for each other.
 */
export interface WalletTransfers {
  /** Between two wallets of the caller. Throws what `make` throws, and WALLET_NOT_FOUND. */
  move(userId: UserId, key: string, asked: Asked & { from: WalletKind; to: WalletKind }): Promise<Made>;
  /** From the caller's main wallet to that of a user of their network. */
  send(userId: UserId, key: string, asked: Asked & { toUser: UserId }): Promise<Made>;
  /** From the main wallet of a user of the caller's network to the caller's. */
  pullBack(userId: UserId, key: string, asked: Asked & { fromUser: UserId; reason: string }): Promise<Made>;
  /** One in which the caller has a side. Throws DomainError WALLET_TRANSFER_NOT_FOUND. */
  get(userId: UserId, id: string): Promise<WalletTransferView>;
  /** The newest first. Throws DomainError LIST_TOO_SLOW. */
  list(userId: UserId, page: PageRequest): Promise<Page<WalletTransferView>>;
}

interface Asked {
  amountPaise: Paise;
  reference: string;
}

export interface Made {
  view: WalletTransferView;
  /** The request had been made before with the same key. */
  replayed: boolean;
}

export interface WalletTransferView {
  id: string;
  object: 'wallet_transfer';
  kind: TransferKind;
  from: SideView;
  to: SideView;
  amount: number;
  currency: 'INR';
  reference: string;
  reason: string | null;
  created_at: string;
  links: { self: string };
}
export interface SideView {
  user: string;
  wallet: WalletKind;
}

export interface TransferDependencies {
  knex: Knex;
  lists: Knex;
  clock: Clock;
  cursors: Cursors;
}

/** A request, in the form that all kinds have. */
interface Request extends Asked {
  kind: TransferKind;
  userId: UserId;
  key: string;
  from: { userId: UserId; kind: WalletKind };
  to: { userId: UserId; kind: WalletKind };
  reason: string | null;
}

const TRIES = 4;
/** The kind of movement, as a line of the statement says it. */
const LINE_CODE: Readonly<Record<TransferKind, string>> = {
  move: 'moved',
  transfer: 'transferred',
  pull_back: 'pulled_back',
};

export function createWalletTransfers(deps: TransferDependencies): WalletTransfers {
  const main = (userId: UserId) => ({ userId, kind: 'main' as const });
  return {
    move: (userId, key, { from, to, ...asked }) =>
      make(deps, {
        ...asked,
        kind: 'move',
        userId,
        key,
        reason: null,
        from: { userId, kind: from },
        to: { userId, kind: to },
      }),
    send: (userId, key, { toUser, ...asked }) =>
      make(deps, {
        ...asked,
        kind: 'transfer',
        userId,
        key,
        reason: null,
        from: main(userId),
        to: main(toUser),
      }),
    pullBack: (userId, key, { fromUser, ...asked }) =>
      make(deps, { ...asked, kind: 'pull_back', userId, key, from: main(fromUser), to: main(userId) }),
    async get(userId, id) {
      const found = await findTransfer(deps.knex, userId, id);
      if (found === undefined) throw new DomainError(TRANSFER_ERRORS.WALLET_TRANSFER_NOT_FOUND);
      return viewOf(found);
    },
    async list(userId, { limit, cursor }) {
      const { decode, encode } = deps.cursors.of(JSON.stringify(['wallet transfers', userId]));
      const found = await inListTime(
        listTransfers(deps.lists, userId, { before: decode(cursor), limit: limit + 1 }),
      );
      return mapPage(
        pageOf(found, limit, (last) => encode(last.id)),
        viewOf,
      );
    },
  };
}

/**
 * Throws DomainError IDEMPOTENCY_KEY_REUSED, TRANSACTION_REFERENCE_TAKEN, WALLET_TRANSFER_NOT_ALLOWED,
 * WALLET_TRANSFER_AMOUNT_INVALID, WALLET_TRANSFER_USER_UNKNOWN, WALLET_TRANSFER_USER_DISABLED, WALLET_NOT_FOUND,
 * LIMIT_EXCEEDED, LEDGER_INSUFFICIENT_FUNDS; SERVICE_UNAVAILABLE when nobody knows whether it was committed: the
 * same key tells.
 */
async function make(deps: TransferDependencies, request: Request): Promise<Made> {
  const hash = hashOf(request);
  const first = await findFirst(deps.knex, request, hash);
  if (first !== undefined) return first;
  for (let tries = 1; ; tries += 1) {
    try {
      return await deps.knex.transaction((trx) => post(trx, deps, request, hash));
    } catch (error) {
      if (isRetryableError(error) && tries < TRIES) continue;
      if (!isRetryableError(error) && !isConnectionError(error)) throw error;
      throw new DomainError('SERVICE_UNAVAILABLE', {
        detail: 'the transfer could not be confirmed; send it again with the same Idempotency-Key',
        retryAfterS: 1,
        cause: error,
      });
    }
  }
}

/** What the key or the reference has made before, if anything. */
async function findFirst(
  db: Knex | Knex.Transaction,
  { userId, key, reference }: Request,
  hash: Buffer,
): Promise<Made | undefined> {
  const found = await findNamed(db, userId, { key, reference });
  const byKey = found.find((row) => row.idempotencyKey === key);
  if (byKey?.requestHash.equals(hash) === true) return { view: viewOf(byKey), replayed: true };
  if (byKey !== undefined)
    throw new DomainError('IDEMPOTENCY_KEY_REUSED', {
      detail: 'this Idempotency-Key was used with another request; use a fresh key for a new one',
    });
  if (found.length > 0)
    throw new DomainError('TRANSACTION_REFERENCE_TAKEN', {
      detail: 'the reference was used for another transfer; a reference names one transfer for ever',
    });
  return undefined;
}

async function post(
  trx: Knex.Transaction,
  deps: TransferDependencies,
  request: Request,
  hash: Buffer,
): Promise<Made> {
  const { clock } = deps;
  const { kind, userId, key, amountPaise, reference, reason } = request;
  if (kind !== 'move') await keepPlaces(trx);
  const at = clock.now();
  const reserve = reservationOf(await requireRule(trx, request, at), request, at);
  const { from, to } = await requireSides(trx, request);
  const transfer = {
    id: namedUuidAt(at, `wallet-transfer|${userId}|${key}`),
    kind,
    userId,
    from,
    to,
    amountPaise,
    reference,
    reason,
    idempotencyKey: key,
    requestHash: hash,
    limitKey: reserve?.key ?? null,
    createdAt: at,
  };
  if (!(await insertTransfer(trx, transfer))) {
    const first = await findFirst(trx, request, hash);
    if (first !== undefined) return first;
    throw new DomainError('IDEMPOTENCY_IN_PROGRESS', { retryAfterS: 1 });
  }
  const line = { debitAccountId: from.accountId, creditAccountId: to.accountId, amountPaise };
  const journal = {
    id: transfer.id,
    transactionId: null,
    transfers: [{ ...line, code: LINE_CODE[kind] }],
  };
  const [result] = await postIn(trx, deps, [{ journal, ...(reserve === undefined ? {} : { reserve }) }]);
  if (result?.status !== 'posted')
    throw new DomainError(result?.status === 'refused' ? result.code : 'LEDGER_JOURNAL_MISMATCH');
  return {
    view: viewOf({
      ...transfer,
      fromUser: from.userId,
      fromKind: from.kind,
      toUser: to.userId,
      toKind: to.kind,
    }),
    replayed: false,
  };
}

/** The rule of this way in force today. */
async function requireRule(
  trx: Knex.Transaction,
  { kind, from, to, amountPaise }: Request,
  at: Date,
): Promise<TransferRule> {
  const rule = await ruleOn(trx, businessDate(at), { kind, from: from.kind, to: to.kind });
  if (rule === undefined || rule.maxPaise === 0n)
    throw new DomainError(TRANSFER_ERRORS.WALLET_TRANSFER_NOT_ALLOWED, {
      detail: `a ${kind.replace('_', '-')} from a wallet ${from.kind} to a wallet ${to.kind} is not allowed`,
    });
  if (amountPaise < rule.minPaise || amountPaise > rule.maxPaise)
    throw fieldError(
      TRANSFER_ERRORS.WALLET_TRANSFER_AMOUNT_INVALID,
      '#/amount',
      `the amount must be from ${formatRupees(rule.minPaise)} to ${formatRupees(rule.maxPaise)}`,
    );
  return rule;
}

/** What the one who asks uses up of the day. */
function reservationOf(
  { dayCapPaise }: TransferRule,
  { kind, userId, amountPaise }: Request,
  at: Date,
): Reservation | undefined {
  if (dayCapPaise === null) return undefined;
  return { key: `wallet_${kind}:${userId}:${businessDate(at)}`, capPaise: dayCapPaise, amountPaise };
}

/** Both wallets. What is not in the caller's network is answered like a user whom nobody has. */
async function requireSides(
  trx: Knex.Transaction,
  { kind, userId, from, to }: Request,
): Promise<{ from: Side; to: Side }> {
  if (kind !== 'move') {
    const other = from.userId === userId ? to.userId : from.userId;
    if (other === userId)
      throw new DomainError(TRANSFER_ERRORS.WALLET_TRANSFER_NOT_ALLOWED, {
        detail: 'the other user is you: between your own wallets money is moved by POST /v1/wallet-moves',
      });
    if (!(await isInSubtree(trx, { top: userId, user: other })))
      throw new DomainError(TRANSFER_ERRORS.WALLET_TRANSFER_USER_UNKNOWN);
  }
  const found = await findSides(trx, [from, to]);
  const sideOf = (wanted: Request['from']) =>
    found.find((side) => side.userId === wanted.userId && side.kind === wanted.kind);
  const [giving, getting] = [sideOf(from), sideOf(to)];
  if (giving === undefined || getting === undefined) throw new DomainError('WALLET_NOT_FOUND');
  if (!giving.isActive || !getting.isActive)
    throw new DomainError(TRANSFER_ERRORS.WALLET_TRANSFER_USER_DISABLED);
  return { from: giving, to: getting };
}

/** Of what a repeat must have in common with the first. It holds no personal value, so it needs no key. */
function hashOf({ kind, from, to, amountPaise, reference, reason }: Request): Buffer {
  const sides = [from.userId, from.kind, to.userId, to.kind];
  const canonical = JSON.stringify([kind, ...sides, amountPaise.toString(), reference, reason]);
  return createHash('sha256').update(canonical).digest();
}

function viewOf(row: Omit<TransferRow, 'idempotencyKey' | 'requestHash'>): WalletTransferView {
  const id = publicId('walletTransfer', row.id);
  return {
    id,
    object: 'wallet_transfer',
    kind: row.kind,
    from: { user: publicId('user', row.fromUser), wallet: row.fromKind },
    to: { user: publicId('user', row.toUser), wallet: row.toKind },
    amount: paiseToJson(row.amountPaise),
    currency: 'INR',
    reference: row.reference,
    reason: row.reason,
    created_at: row.createdAt.toISOString(),
    links: { self: `/v1/wallet-transfers/${id}` },
  };
}
