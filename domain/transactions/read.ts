import type { Knex } from 'knex';
import type { QueryBuilder } from 'objection';
import type { Clock } from '../../platform/clock';
import type { Cursors } from '../errors/cursor';
import { rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import { publicId } from '../../platform/ids';
import { paiseToJson } from '../../platform/money';
import { FINAL_STATES, publicStatus, type PublicStatus, type State } from '../lifecycle/lifecycle';
import { isOverdue } from './overdue';
import { TransactionModel } from './transaction.model';

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
export interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

export interface TransactionReader {
  /** Throws DomainError TRANSACTION_NOT_FOUND, for other users' transactions too. */
  get(userId: string, id: string): Promise<TransactionView>;
  list(
    userId: string,
    filter: TransactionFilter,
    page: { limit: number; cursor?: string },
  ): Promise<Page<TransactionView>>;
  /** The moves of a transaction, oldest first, beginning with its acceptance. */
  events(userId: string, id: string): Promise<EventView[]>;
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
/** What the provider said when it took the instruction; recorded on the attempt, since it decides nothing. */
const ACKNOWLEDGED =
  '(select a.acknowledged_reason from dispatch_attempts a where a.transaction_id = transactions.id and a.attempt_no = transactions.attempt_no)';
/** A reference names a request: its only transaction, or its parts. */
const OF_REFERENCE =
  'select p.id from requests r join lateral (select r.id union all select t.id from transactions t where t.request_id = r.id and t.request_id <> t.id) p on true where r.user_id = ? and r.reference = ?';
const REVIEWED_FROM =
  "(select e.from_state from transaction_events e where e.transaction_id = transactions.id and e.to_state = 'in_review' order by e.seq desc limit 1)";

export function createTransactionReader(deps: {
  knex: Knex;
  cursors: Cursors;
  clock: Clock;
}): TransactionReader {
  const base = () =>
    TransactionModel.query(deps.knex).select(
      'transactions.*',
      TransactionModel.raw(`case when state = 'in_review' then ${REVIEWED_FROM} end as reviewed_from`),
      TransactionModel.raw(
        `coalesce(status_reason, case when state = 'dispatched' then ${ACKNOWLEDGED} end) as status_reason`,
      ),
    );
  return {
    async get(userId, id) {
      const found = await base().findOne({ id, user_id: userId });
      if (found === undefined) throw new DomainError('TRANSACTION_NOT_FOUND');
      return transactionView(found, deps.clock.now());
    },
    async list(userId, filter, page) {
      const scope = JSON.stringify(['transactions', userId, filter]);
      const query = base()
        .where('user_id', userId)
        .orderBy('id', 'desc')
        .limit(page.limit + 1);
      if (page.cursor !== undefined) query.where('id', '<', deps.cursors.decode(page.cursor, scope));
      if (filter.status !== undefined) ofStatus(query, filter.status);
      if (filter.reference !== undefined)
        query.whereIn('id', TransactionModel.raw(OF_REFERENCE, [userId, filter.reference]) as never);
      if (filter.service !== undefined) query.where('service', filter.service);
      if (filter.createdFrom !== undefined) query.where('created_at', '>=', filter.createdFrom);
      if (filter.createdBefore !== undefined) query.where('created_at', '<', filter.createdBefore);
      const found = await query;
      const now = deps.clock.now();
      const shown = found.slice(0, page.limit);
      return {
        data: shown.map((t) => transactionView(t, now)),
        nextCursor: found.length > page.limit ? deps.cursors.encode(shown.at(-1)!.id, scope) : null,
      };
    },
    async events(userId, id) {
      const owner = await TransactionModel.query(deps.knex)
        .findOne({ id, user_id: userId })
        .select('created_at');
      if (owner === undefined) throw new DomainError('TRANSACTION_NOT_FOUND');
      const moves = await rows<{
        seq: number;
        from: string;
        to: string;
        actor: string;
        reason: string;
        at: Date;
      }>(
        deps.knex,
        'select seq, from_state as "from", to_state as "to", actor, reason, at from transaction_events where transaction_id = ? order by seq',
        [id],
      );
      const accepted: EventView = {
        object: 'event',
        seq: 0,
        from: null,
        to: 'accepted',
        actor: 'api',
        reason: 'accepted',
        at: owner.created_at.toISOString(),
      };
      return [accepted, ...moves.map((m): EventView => ({ object: 'event', ...m, at: m.at.toISOString() }))];
    },
  };
}

/** A transaction in review counts under the status that callers see, which is that of the state it came from. */
function ofStatus(query: QueryBuilder<TransactionModel, TransactionModel[]>, status: PublicStatus): void {
  const states = STATES_OF[status];
  query.where((either) => {
    either.whereIn('state', [...states]).orWhere((reviewed) => {
      reviewed.where('state', 'in_review').whereIn(TransactionModel.raw(REVIEWED_FROM), [...states]);
    });
  });
}

/** Is this status one that a waiting caller waits for? */
export function isFinalStatus(status: PublicStatus): boolean {
  return status !== 'PENDING';
}

function transactionView(t: TransactionModel, now: Date): TransactionView {
  const id = publicId('transaction', t.id);
  const final = FINAL_STATES.has(t.state);
  return {
    id,
    object: 'transaction',
    service: t.service,
    status: publicStatus(t.state, t.reviewed_from),
    status_reason: t.status_reason,
    amount: paiseToJson(t.amount_paise),
    currency: t.currency,
    fee: paiseToJson(t.fee_paise),
    tax: paiseToJson(t.tax_paise),
    charge: paiseToJson(t.charge_paise),
    reference: t.reference,
    utr: t.utr,
    next_check_at: final ? null : (t.next_poll_at?.toISOString() ?? null),
    expected_by: final ? null : t.expected_by.toISOString(),
    overdue: isOverdue({ state: t.state, expectedBy: t.expected_by }, now),
    created_at: t.created_at.toISOString(),
    updated_at: t.updated_at.toISOString(),
    finished_at: t.finished_at?.toISOString() ?? null,
    links: { self: `/v1/transactions/${id}`, events: `/v1/transactions/${id}/events` },
  };
}
