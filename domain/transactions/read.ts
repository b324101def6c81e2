import type { UserId } from '../ids/ids';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import type { Cursors } from '../errors/cursor';
import { DomainError } from '../errors/errors';
import { publicId } from '../../platform/ids';
import { readPage, type Query } from '../../platform/model';
import { paiseToJson } from '../../platform/money';
import { mapPage, type Page, type PageRequest } from '../../platform/page';
import { FINAL_STATES, publicStatus, type PublicStatus, type State } from '../lifecycle/lifecycle';
import { isOverdue } from './overdue';
import { TransactionEventModel } from './transaction-event.model';
import { REVIEWED_FROM, TransactionModel } from './transaction.model';

/** A transaction as its caller sees it; amounts are JSON integers of paise. */
export interface TransactionView {
  id: string;
  object: 'transaction';
  service: string;
  status: PublicStatus;
  status_reason: string | null;
  amount: number;
  currency: string;
  fee: number;
  tax: number;
  /** Passed on whole to the provider on top of the amount, taxes included. */
  charge: number;
  reference: string;
  utr: string | null;
  next_check_at: string | null;
  expected_by: string | null;
  /** Not final past `expected_by`: people look at it. */
  overdue: boolean;
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
}

export interface TransactionReader {
  /** Throws DomainError TRANSACTION_NOT_FOUND, for other users' transactions too. */
  get(userId: UserId, id: string): Promise<TransactionView>;
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

export function createTransactionReader(deps: {
  knex: Knex;
  cursors: Cursors;
  clock: Clock;
}): TransactionReader {
  const { knex, clock } = deps;
  return {
    async get(userId, id) {
      const found = await TransactionModel.ofUser(knex, userId).findById(id);
      if (found === undefined) throw new DomainError('TRANSACTION_NOT_FOUND');
      return transactionView(found, clock.now());
    },
    async list(userId, filter, { limit, cursor }) {
      const { decode, encode } = deps.cursors.of(JSON.stringify(['transactions', userId, filter]));
      const after = decode(cursor);
      const query = filtered(TransactionModel.ofUser(knex, userId), userId, filter);
      const page = await readPage(query, { by: 'id', order: 'desc', limit, after, encode });
      const now = clock.now();
      return mapPage(page, (row) => transactionView(row, now));
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

function transactionView(row: TransactionModel, now: Date): TransactionView {
  const id = publicId('transaction', row.id);
  const isFinal = FINAL_STATES.has(row.state);
  return {
    id,
    object: 'transaction',
    service: row.service,
    status: publicStatus(row.state, row.reviewedFrom),
    status_reason: row.statusReason,
    amount: paiseToJson(row.amountPaise),
    currency: row.currency,
    fee: paiseToJson(row.feePaise),
    tax: paiseToJson(row.taxPaise),
    charge: paiseToJson(row.chargePaise),
    reference: row.reference,
    utr: row.utr,
    next_check_at: isFinal ? null : (row.nextPollAt?.toISOString() ?? null),
    expected_by: isFinal ? null : row.expectedBy.toISOString(),
    overdue: isOverdue(row, now),
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    finished_at: row.finishedAt?.toISOString() ?? null,
    links: { self: `/v1/transactions/${id}`, events: `/v1/transactions/${id}/events` },
  };
}
