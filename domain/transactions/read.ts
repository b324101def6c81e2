import type { UserId } from '../ids/ids';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import type { Cursors } from '../errors/cursor';
import { DomainError } from '../errors/errors';
import { publicId } from '../../platform/ids';
import { readPage, type Query } from '../../platform/model';
import { paiseToJson } from '../../platform/money';
import { mapPage, type Page, type PageRequest } from '../../platform/page';
import { publicStatus, type PublicStatus, type State } from '../lifecycle/lifecycle';
import { providersOwn, REASONS, type ReasonCode, type ReasonTable } from '../provider/reasons';
import { nextActionOf, nextActionSql, type NextAction, type NextActionName } from './next-action';
import { isOverdue } from './overdue';
import { detailsSql, owedSql, shownDetails, type ReceiptDetails, type ReceiptRegistry } from './receipt';
import { reasonOf } from './status-reason';
import { TransactionEventModel } from './transaction-event.model';
import { REVIEWED_FROM, TransactionModel } from './transaction.model';

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

export interface TransactionFilter {
  status?: PublicStatus;
  reference?: string;
  service?: string;
  createdFrom?: Date;
  createdBefore?: Date;
  nextAction?: NextActionName;
}

export interface TransactionReader {
  /** Throws DomainError TRANSACTION_NOT_FOUND, for other users' transactions too. */
  get(userId: UserId, id: string): Promise<TransactionView>;
  /** Those of these that are the user's, by their UUID; one query. */
  many(userId: UserId, ids: readonly string[]): Promise<ReadonlyMap<string, TransactionView>>;
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

const STATES_OF: Readonly<Record<PublicStatus, readonly State[]>> = {
  PENDING: ['accepted', 'held', 'dispatched', 'refund_pending'],
  SUCCESS: ['succeeded'],
  FAILED: ['failed'],
  REVERSED: ['reversed'],
  REFUNDED: ['refunded'],
};
/** A reference names a request: its only transaction, or its parts. */
const OF_REFERENCE = `
  transactions.id in (
    select p.id from requests r
    join lateral (
      select r.id union all select t.id from transactions t where t.request_id = r.id and t.request_id <> t.id
    ) p on true
    where r.user_id = ? and r.reference = ?)`;

export interface ReaderDependencies {
  knex: Knex;
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
  const { knex, clock, consentServices } = deps;
  const sql = { details: detailsSql(deps.receipts), owed: owedSql(deps.receipts) };
  const shown = (row: TransactionModel, now: Date): TransactionView =>
    transactionView(row, { now, consentServices, reasons: deps.reasonsOf(row.provider) ?? {} });
  return {
    async get(userId, id) {
      const found = await TransactionModel.ofUser(knex, userId, sql).findById(id);
      if (found === undefined) throw new DomainError('TRANSACTION_NOT_FOUND');
      return shown(found, clock.now());
    },
    async many(userId, ids) {
      const found = await TransactionModel.ofUser(knex, userId, sql).whereIn('transactions.id', [...ids]);
      const now = clock.now();
      return new Map(found.map((row) => [row.id, shown(row, now)]));
    },
    async list(userId, filter, { limit, cursor }) {
      const { decode, encode } = deps.cursors.of(JSON.stringify(['transactions', userId, filter]));
      const after = decode(cursor);
      const now = clock.now();
      const query = filtered(TransactionModel.ofUser(knex, userId, sql), userId, filter);
      if (filter.nextAction !== undefined)
        query.whereRaw(nextActionSql(filter.nextAction, sql.owed), {
          now,
          consentServices: [...consentServices],
        });
      const page = await readPage(query, { by: 'id', order: 'desc', limit, after, encode });
      return mapPage(page, (row) => shown(row, now));
    },
    async events(userId, id) {
      const accepted = await TransactionModel.query(knex)
        .findOne({ id, user_id: userId })
        .select('created_at');
      if (accepted === undefined) throw new DomainError('TRANSACTION_NOT_FOUND');
      const moves = await TransactionEventModel.query(knex).where('transaction_id', id).orderBy('seq');
      return [acceptance(accepted.createdAt), ...moves.map(eventView)];
    },
  };
}

function filtered(
  query: Query<TransactionModel>,
  userId: UserId,
  filter: TransactionFilter,
): Query<TransactionModel> {
  if (filter.status !== undefined) ofStatus(query, filter.status);
  if (filter.reference !== undefined) query.whereRaw(OF_REFERENCE, [userId, filter.reference]);
  if (filter.service !== undefined) query.where('service', filter.service);
  if (filter.createdFrom !== undefined) query.where('created_at', '>=', filter.createdFrom);
  if (filter.createdBefore !== undefined) query.where('created_at', '<', filter.createdBefore);
  return query;
}

/** A transaction in review counts under the status that callers see: that of the state it came from. */
function ofStatus(query: Query<TransactionModel>, status: PublicStatus): void {
  const states = STATES_OF[status];
  query.where((either) => {
    either.whereIn('state', [...states]).orWhere((reviewed) => {
      reviewed.where('state', 'in_review').whereIn(TransactionModel.raw(REVIEWED_FROM), [...states]);
    });
  });
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
  row: TransactionModel,
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
