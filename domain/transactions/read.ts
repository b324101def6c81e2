import type { UserId } from '../ids/ids';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import type { Cursors } from '../errors/cursor';
import { DomainError } from '../errors/errors';
import { publicId } from '../../platform/ids';
import { rows } from '../../platform/database';
import { paiseToJson } from '../../platform/money';
import { mapPage, pageOf, type Page, type PageRequest } from '../../platform/page';
import { inListTime } from '../errors/list-time';
import { publicStatus, type PublicStatus } from '../lifecycle/lifecycle';
import { providersOwn, REASONS, type ReasonCode, type ReasonTable } from '../provider/reasons';
import { listTransactions, type TransactionFilter } from './list';
import { nextActionOf, type NextAction } from './next-action';
import { isOverdue } from './overdue';
import {
  candidatesSql,
  detailsSql,
  owedSql,
  shownDetails,
  type ReceiptDetails,
  type ReceiptRegistry,
} from './receipt';
import { shownColumns, type ShownTransaction } from './shown';
import { reasonOf } from './status-reason';
import { TransactionEventModel } from './transaction-event.model';

/** A transaction as its caller sees it; amounts are JSON integers of paise. */
export interface TransactionView {
  id: string;
  object: 'transaction';
  service: string;
  status: PublicStatus;
  /** Our own code, of docs/status-reasons.md; null while there is nothing to say. */
  status_reason: ReasonCode | null;
  /** The sentence of `status_reason`. */
  status_message: string | null;
  /** The provider's own code for it, if it gave one; for support. */
  provider_reason: string | null;
  /** Who has to do what, and until when; null when nothing is left to do. */
  next_action: NextAction | null;
  amount: number;
  currency: string;
  fee: number;
  tax: number;
  /** Passed on whole to the provider on top of the amount, taxes included. */
  charge: number;
  /** What the wallet pays: amount, fee, tax and charge. 0 where it is paid. */
  total: number;
  /** What networks claim of it back, or have taken back: `GET /v1/disputes?transaction=`. */
  disputed: number;
  reference: string;
  utr: string | null;
  next_check_at: string | null;
  expected_by: string | null;
  /** Not final past `expected_by`: people look at it. */
  overdue: boolean;
  /** What it is, by the name of its service: beneficiary, biller, number, all of them masked. */
  details: ReceiptDetails | null;
  created_at: string;
  updated_at: string;
  finished_at: string | null;
  links: { self: string; events: string };
}

export interface TransactionReader {
  /** Throws DomainError TRANSACTION_NOT_FOUND, for other users' transactions too. */
  get(userId: UserId, id: string): Promise<TransactionView>;
  /** Those of these that are the user's, by their UUID; one query. */
  many(userId: UserId, ids: readonly string[]): Promise<ReadonlyMap<string, TransactionView>>;
  /**
   * The newest first, each page at the same cost (`list.ts`). What no transaction of the user has is an empty
   * page. Throws DomainError LIST_TOO_SLOW.
   */
  list(userId: UserId, filter: TransactionFilter, page: PageRequest): Promise<Page<TransactionView>>;
  /** The moves of a transaction, oldest first, beginning with its acceptance. */
  events(userId: UserId, id: string): Promise<EventView[]>;
}
export interface EventView {
  object: 'event';
  seq: number;
  from: string | null;
  to: string;
  actor: string;
  reason: string;
  at: string;
}

export interface ReaderDependencies {
  knex: Knex;
  /** Where lists are read: connections of their own, with a short time for each statement. */
  lists: Knex;
  cursors: Cursors;
  clock: Clock;
  /** What the transactions of each service say of themselves; nothing for one that is missing. */
  receipts: ReceiptRegistry;
  /** The services whose refunds wait for the consent of the customer. */
  consentServices: readonly string[];
  /** How the codes of a provider are put into our words. */
  reasonsOf(provider: string): ReasonTable | undefined;
}

export function createTransactionReader(deps: ReaderDependencies): TransactionReader {
  const { knex, lists, clock, consentServices, receipts } = deps;
  const owed = owedSql(receipts);
  const shown = shownColumns({ details: detailsSql(receipts), owed });
  const parts = { shown, owed, candidates: candidatesSql(receipts), consentServices };
  const viewed = (row: ShownTransaction, now: Date): TransactionView =>
    transactionView(row, { now, consentServices, reasons: deps.reasonsOf(row.provider) ?? {} });
  const byIds = `select ${shown} from transactions where transactions.id = any(?::uuid[]) and transactions.user_id = ?`;
  const read = (userId: UserId, ids: readonly string[]): Promise<ShownTransaction[]> =>
    rows<ShownTransaction>(knex, byIds, [ids, userId]);
  return {
    async get(userId, id) {
      const [found] = await read(userId, [id]);
      if (found === undefined) throw new DomainError('TRANSACTION_NOT_FOUND');
      return viewed(found, clock.now());
    },
    async many(userId, ids) {
      const found = await read(userId, ids);
      const now = clock.now();
      return new Map(found.map((row) => [row.id, viewed(row, now)]));
    },
    async list(userId, filter, { limit, cursor }) {
      const { decode, encode } = deps.cursors.of(listScope(userId, filter));
      const after = decode(cursor);
      const now = clock.now();
      const found = await inListTime(listTransactions(lists, parts, { userId, filter, limit, after, now }));
      return mapPage(
        pageOf(found, limit, (last) => encode(last.id)),
        (row) => viewed(row, now),
      );
    },
    async events(userId, id) {
      const [accepted] = await rows<{ createdAt: Date }>(
        knex,
        'select created_at as "createdAt" from transactions where id = ? and user_id = ?',
        [id, userId],
      );
      if (accepted === undefined) throw new DomainError('TRANSACTION_NOT_FOUND');
      const moves = await TransactionEventModel.query(knex).where('transaction_id', id).orderBy('seq');
      return [acceptance(accepted.createdAt), ...moves.map(eventView)];
    },
  };
}

/** The question that a cursor of a list belongs to. */
export function listScope(userId: UserId, filter: TransactionFilter): string {
  return JSON.stringify(['transactions', userId, filter]);
}

/** A caller that waits for the result waits for one of these. */
export function isFinalStatus(status: PublicStatus): boolean {
  return status !== 'PENDING';
}

function acceptance(at: Date): EventView {
  return {
    object: 'event',
    seq: 0,
    from: null,
    to: 'accepted',
    actor: 'api',
    reason: 'accepted',
    at: at.toISOString(),
  };
}

function eventView({ seq, fromState, toState, actor, reason, at }: TransactionEventModel): EventView {
  return { object: 'event', seq, from: fromState, to: toState, actor, reason, at: at.toISOString() };
}

function transactionView(
  row: ShownTransaction,
  { now, consentServices, reasons }: { now: Date; consentServices: readonly string[]; reasons: ReasonTable },
): TransactionView {
  const id = publicId('transaction', row.id);
  const status = publicStatus(row.state, row.reviewedFrom);
  const isFinal = isFinalStatus(status);
  const reason = reasonOf(row, { reasons, consentServices });
  return {
    id,
    object: 'transaction',
    service: row.service,
    status,
    status_reason: reason,
    status_message: reason === null ? null : REASONS[reason].says,
    provider_reason: row.state === 'succeeded' ? null : providersOwn(row.statusReason),
    next_action: nextActionOf(row, consentServices, now),
    amount: paiseToJson(row.amountPaise),
    currency: row.currency,
    fee: paiseToJson(row.feePaise),
    tax: paiseToJson(row.taxPaise),
    charge: paiseToJson(row.chargePaise),
    total: paiseToJson(row.totalPaise),
    disputed: paiseToJson(row.disputedPaise),
    reference: row.reference,
    utr: row.utr,
    next_check_at: isFinal ? null : (row.nextPollAt?.toISOString() ?? null),
    expected_by: isFinal ? null : row.expectedBy.toISOString(),
    overdue: !isFinal && isOverdue(row, now),
    details: shownDetails(row.details),
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    finished_at: row.finishedAt?.toISOString() ?? null,
    links: { self: `/v1/transactions/${id}`, events: `/v1/transactions/${id}/events` },
  };
}
