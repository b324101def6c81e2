import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { Paise } from '../../platform/money';
import { selectOf, type ColumnsOf } from '../../platform/sql';
import { DomainError } from '../errors/errors';
import type { AccountId, TransactionId, UserId } from '../ids/ids';
import { DISPUTE_ERRORS } from './errors';

/** The statements about disputes. */

/** `chargeback`: the money is claimed back. `representment`: evidence is asked for first. Both hold the money. */
export const DISPUTE_KINDS = ['chargeback', 'representment'] as const;
export type DisputeKind = (typeof DISPUTE_KINDS)[number];
export const DISPUTE_ANSWERS = ['contested', 'accepted'] as const;
export type DisputeAnswer = (typeof DISPUTE_ANSWERS)[number];
/** `won` is also what was lost and given back by an arbitration. */
export const DISPUTE_STATES = ['open', 'won', 'lost'] as const;
export type DisputeState = (typeof DISPUTE_STATES)[number];
export const OUTCOMES = ['won', 'lost', 'given_back'] as const;
export type DisputeOutcome = (typeof OUTCOMES)[number];
/** 4 to 60 letters, digits and / _ . - */
export const CASE_REFERENCE = /^[A-Za-z0-9][A-Za-z0-9/_.-]{3,59}$/;
/** 1 to 30 letters, digits and _ . - */
export const REASON_CODE = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,29}$/;

export interface DisputeRow {
  id: string;
  kind: DisputeKind;
  transactionId: TransactionId;
  service: string;
  provider: string;
  caseReference: string;
  reasonCode: string;
  userId: UserId;
  accountId: AccountId;
  amountPaise: Paise;
  /** `YYYY-MM-DD` */
  receivedOn: string;
  /** The last day on which the agent answers. */
  answerBy: string;
  recordedBy: UserId;
  recordedAt: Date;
  answer: DisputeAnswer | null;
  statement: string | null;
  answeredAt: Date | null;
  overdueAt: Date | null;
  state: DisputeState;
  endedAt: Date | null;
  /** In the wallets under its liens now; older liens on a wallet come first. */
  heldPaise: Paise;
  /** Of what was lost: from wallets, and what the user owes us of it. */
  takenPaise: Paise;
  owedPaise: Paise;
}

type Database = Knex | Knex.Transaction;

/** Of a lien what the balance of its wallet covers, after the older ones. */
const HELD = `
  coalesce((select sum(least(l.amount_paise, greatest(0, a.credits_paise - a.debits_paise - coalesce((
      select sum(o.amount_paise) from wallet_liens o
      where o.wallet_id = l.wallet_id and o.released_at is null and (o.placed_at, o.id) < (l.placed_at, l.id)), 0))))
    from wallet_liens l join wallets w on w.id = l.wallet_id join ledger_accounts a on a.id = w.account_id
    where l.dispute_id = d.id and l.released_at is null), 0)::int8`;
const LOST = (column: string): string =>
  `coalesce((select ${column} from dispute_endings e where e.dispute_id = d.id and e.outcome = 'lost'), 0)::int8`;

const COLUMNS = selectOf({
  id: 'd.id',
  kind: 'd.kind',
  transactionId: 'd.transaction_id',
  service: 'd.service',
  provider: 'd.provider',
  caseReference: 'd.case_reference',
  reasonCode: 'd.reason_code',
  userId: 'd.user_id',
  accountId: 'd.account_id',
  amountPaise: 'd.amount_paise',
  receivedOn: 'd.received_on::text',
  answerBy: 'd.answer_by::text',
  recordedBy: 'd.recorded_by',
  recordedAt: 'd.recorded_at',
  answer: 'd.answer',
  statement: 'd.statement',
  answeredAt: 'd.answered_at',
  overdueAt: 'd.overdue_at',
  state: 'd.state',
  endedAt: '(select max(e.ended_at) from dispute_endings e where e.dispute_id = d.id)',
  heldPaise: HELD,
  takenPaise: LOST('e.taken_paise'),
  owedPaise: LOST('e.owed_paise'),
} satisfies ColumnsOf<DisputeRow>);

/** Throws DomainError DISPUTE_NOT_FOUND. */
export async function findDispute(db: Database, id: string): Promise<DisputeRow> {
  const [found] = await rows<DisputeRow>(db, `select ${COLUMNS} from disputes d where d.id = ?::uuid`, [id]);
  if (found === undefined) throw new DomainError(DISPUTE_ERRORS.DISPUTE_NOT_FOUND);
  return found;
}

/** Whoever changes a dispute holds it. Throws DomainError DISPUTE_NOT_FOUND. */
export async function lockDispute(trx: Knex.Transaction, id: string): Promise<DisputeRow> {
  await rows<{ id: string }>(trx, 'select id from disputes where id = ?::uuid for no key update', [id]);
  return findDispute(trx, id);
}

/** By the network's case, which one provider names once. */
export async function findCase(
  db: Database,
  given: { provider: string; caseReference: string },
): Promise<DisputeRow | undefined> {
  const [found] = await rows<DisputeRow>(
    db,
    `select ${COLUMNS} from disputes d where d.provider = :provider and d.case_reference = :caseReference`,
    given,
  );
  return found;
}

/** The newest first. `transaction`: of that one alone. */
export function listOfUser(
  db: Database,
  userId: UserId,
  page: { before: string | undefined; limit: number; transaction: string | undefined },
): Promise<DisputeRow[]> {
  const { before = null, limit, transaction = null } = page;
  return rows<DisputeRow>(
    db,
    `select ${COLUMNS} from disputes d where d.user_id = :userId and (:before::uuid is null or d.id < :before::uuid)
      and (:transaction::uuid is null or d.transaction_id = :transaction::uuid)
    order by d.id desc limit :limit`,
    { userId, before, limit, transaction },
  );
}

/** The newest first, of one state or of all. */
export function listAll(
  db: Database,
  page: { state: DisputeState | undefined; after: string | undefined; limit: number },
): Promise<DisputeRow[]> {
  const { state = null, after = null, limit } = page;
  return rows<DisputeRow>(
    db,
    `select ${COLUMNS} from disputes d where (:state::text is null or d.state = :state)
      and (:after::uuid is null or d.id < :after::uuid) order by d.id desc limit :limit`,
    { state, after, limit },
  );
}

export interface DisputeRule {
  evidenceDays: number;
  rail: string;
  office: string;
}

export async function disputeRuleOn(
  db: Database,
  given: { service: string; kind: DisputeKind; date: string },
): Promise<DisputeRule | undefined> {
  const [found] = await rows<DisputeRule>(
    db,
    `select evidence_days as "evidenceDays", rail, office from dispute_rules
    where service = :service and kind = :kind and in_force_from <= :date::date order by in_force_from desc limit 1`,
    given,
  );
  return found;
}

/** What is disputed, as it stands; the caller has locked it. */
export interface DisputedTransaction {
  id: TransactionId;
  service: string;
  provider: string;
  userId: UserId;
  walletId: string;
  accountId: AccountId;
  amountPaise: Paise;
  createdAt: Date;
  postedCount: number;
  /** It has succeeded, and nothing of it waits to be posted. */
  isSettled: boolean;
}

/** Throws DomainError TRANSACTION_NOT_FOUND. */
export async function findDisputed(db: Database, id: string): Promise<DisputedTransaction> {
  const [found] = await rows<DisputedTransaction>(
    db,
    `select id, service, provider, user_id as "userId", wallet_id as "walletId", account_id as "accountId",
      amount_paise as "amountPaise", created_at as "createdAt", posted_count as "postedCount",
      state = 'succeeded' and posted_count = effect_count as "isSettled"
    from transactions where id = ?::uuid`,
    [id],
  );
  if (found === undefined) throw new DomainError('TRANSACTION_NOT_FOUND');
  return found;
}
