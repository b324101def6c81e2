import { isSettlementSql, type TransactionId } from '../ids/ids';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { selectOf, type ColumnsOf } from '../../platform/sql';
import { DomainError } from '../errors/errors';
import type { Paise } from '../../platform/money';
import type { PostingResult, Reservation } from '../ledger/apply';
import { journalId, type Journal, type Transfer } from '../ledger/journal';
import type { Ledger } from '../ledger/post';
import { firstDriveAt, type Due } from '../lifecycle/due';
import type { LockedTransaction, TransactionChange } from '../lifecycle/moves';
import type { ReasonCode } from '../provider/reasons';
import { tierAt, type Standing, type TierCap, type TierLimits } from '../standings/standings';
import type { ServiceRegistry, TransactionFacts } from './service-rules';

/**
 * Hold and release. A hold is one database transaction: reserve the limit, post wallet -> clearing, accepted -> held; when
 * money or limit is short, accepted -> failed. A release gives back a hold that was never sent: held -> failed.
 */
export interface Holds {
  /**
   * Holds the transactions that are still accepted. A failing one rejects nothing for the others; its error
   * is in the list. A transaction that its provider has to be asked about after a restore is left alone.
   */
  hold(ids: readonly string[]): Promise<HoldReport>;
  /**
   * Holds one accepted transaction that the provider has paid, as a restore found. It never fails it: false
   * when money or limit is short now.
   */
  holdFound(id: string): Promise<boolean>;
  /**
   * Releases one held transaction that was never sent, for a stable reason code. Returns true when it moved;
   * false while its provider has to be asked about it after a restore.
   */
  release(id: string, reason: string, actor: string): Promise<boolean>;
}
export interface HoldReport {
  due: Due[];
  finished: string[];
  errors: Error[];
}

export interface TransactionForPosting extends TransactionFacts {
  state: LockedTransaction['state'];
  limitKey: string | null;
  limitCapPaise: Paise | null;
  expiresAt: Date;
  /** The restore after which the provider has to be asked first. */
  restoreId: string | null;
}

/** The columns of a transaction `t` that its postings need. */
export const FACTS = {
  id: 't.id',
  userId: 't.user_id',
  service: 't.service',
  provider: 't.provider',
  state: 't.state',
  accountId: 't.account_id',
  amountPaise: 't.amount_paise',
  feePaise: 't.fee_paise',
  taxPaise: 't.tax_paise',
  chargePaise: 't.charge_paise',
  isSettlement: isSettlementSql('t.reference'),
  limitKey: 't.limit_key',
  limitCapPaise: 't.limit_cap_paise',
  expiresAt: 't.expires_at',
  restoreId: 't.restore_id',
} satisfies ColumnsOf<TransactionForPosting>;

/**
 * True if the owner of the transaction `t` was disabled since it was accepted: nothing more is begun for them. Not
 * `exists`: PostgreSQL may answer that for many transactions at once by reading all users.
 */
export const IS_OWNER_DISABLED =
  "coalesce((select u.status = 'disabled' from users u where u.id = t.user_id), false)";

const STANDING = { tier: 'k.tier', lapsesAt: 'k.lapses_at', afterTier: 'k.after_tier' };

/** Facts of transactions, read without a lock: whatever may change is decided again under the lock. */
export async function readForPosting(knex: Knex, ids: readonly string[]): Promise<TransactionForPosting[]> {
  return rows<TransactionForPosting>(
    knex,
    `select ${selectOf(FACTS)} from transactions t where t.id = any(?::uuid[])`,
    [ids],
  );
}

/** The limit that a transaction reserves, or gives back with `sign` -1n. */
export function reservationOf(
  t: Pick<TransactionForPosting, 'limitKey' | 'limitCapPaise' | 'amountPaise'>,
  sign: 1n | -1n,
): Reservation | undefined {
  return t.limitKey === null || t.limitCapPaise === null
    ? undefined
    : { key: t.limitKey, capPaise: t.limitCapPaise, amountPaise: sign * t.amountPaise };
}

export function createHolds(deps: {
  knex: Knex;
  ledger: Ledger;
  clock: Clock;
  services: ServiceRegistry;
  tiers: Pick<TierLimits, 'cap'>;
}): Holds {
  async function holdOne(t: TransactionForPosting, { isPaid = false } = {}): Promise<PostingResult> {
    const rules = deps.services[t.service];
    if (rules === undefined)
      throw new DomainError('INTERNAL_ERROR', { detail: `no rules for the service ${t.service}` });
    const journal = journalOf(t.id, 'hold', await rules.hold(t));
    return deps.ledger.post({
      ...journal,
      reserve: reservationOf(t, 1n),
      move: {
        transactionId: t.id,
        decide: (row) => holdChange(row, deps.clock.now()),
        otherwise: (row, code) => (isPaid ? undefined : failChange(row, code, 'hold', deps.clock.now())),
      },
    });
  }

  return {
    async hold(ids) {
      const report: HoldReport = { due: [], finished: [], errors: [] };
      const accepted = await readAccepted(deps.knex, ids);
      await Promise.all(
        accepted.map(async (t) => {
          try {
            const refusal = refusalOf(deps, t);
            if (refusal === undefined) noteHold(report, t, await holdOne(withinTier(deps, t)));
            else if (await failAccepted(deps, t.id, refusal, 'hold')) report.finished.push(t.id);
          } catch (error) {
            report.errors.push(error instanceof Error ? error : new Error('hold failed', { cause: error }));
          }
        }),
      );
      return report;
    },
    async holdFound(id) {
      const [t] = await readForPosting(deps.knex, [id]);
      return t?.state === 'accepted' && (await holdOne(t, { isPaid: true })).status === 'posted';
    },
    async release(id, reason, actor) {
      const [t] = await readForPosting(deps.knex, [id]);
      if (t === undefined || (t.state !== 'held' && t.state !== 'accepted')) return false;
      if (t.restoreId !== null) return false;
      if (t.state === 'accepted') return failAccepted(deps, t.id, reason, actor);
      const journal = journalOf(t.id, 'release', await deps.services[t.service]!.release(t));
      const result = await deps.ledger.post({
        ...journal,
        reserve: reservationOf(t, -1n),
        move: {
          transactionId: t.id,
          decide: (row) =>
            row.state === 'held' ? failChange(row, reason, actor, deps.clock.now()) : undefined,
        },
      });
      return result.status === 'posted';
    },
  };
}

interface AcceptedTransaction extends TransactionForPosting {
  isOwnerDisabled: boolean;
  /** What the KYC of its user comes to; null for one who never had a record approved. */
  tier: Standing['tier'] | null;
  lapsesAt: Date | null;
  afterTier: Standing['afterTier'] | null;
}

type TierDependencies = { clock: Clock; tiers: Pick<TierLimits, 'cap'> };

/** The limit of the tier of its user, as it stands now: a standing lapses by itself. */
function capOf(
  { clock, tiers }: TierDependencies,
  { tier, lapsesAt, afterTier, service }: AcceptedTransaction,
  per: 'transaction' | 'day',
): TierCap | undefined {
  if (tier === null || lapsesAt === null || afterTier === null) return undefined;
  const now = clock.now();
  return tiers.cap(tierAt({ tier, lapsesAt, afterTier }, now), { service, per }, now);
}

/** Why it is not held, whatever money there is. */
function refusalOf(deps: TierDependencies, t: AcceptedTransaction): ReasonCode | undefined {
  if (t.isOwnerDisabled) return 'USER_DISABLED';
  const cap = capOf(deps, t, 'transaction');
  return cap !== undefined && t.amountPaise > cap.capPaise ? 'KYC_LIMIT_EXCEEDED' : undefined;
}

/** The lower of the limit that it was accepted under and that of the tier, where the service counts a day by user. */
function withinTier(deps: TierDependencies, t: AcceptedTransaction): AcceptedTransaction {
  const cap = t.limitCapPaise === null ? undefined : capOf(deps, t, 'day');
  return cap === undefined || t.limitCapPaise === null || cap.capPaise >= t.limitCapPaise
    ? t
    : { ...t, limitCapPaise: cap.capPaise };
}

async function readAccepted(knex: Knex, ids: readonly string[]): Promise<AcceptedTransaction[]> {
  // By the ids alone: a condition on the state invites a plan that reads the index of all open transactions.
  const found = await rows<AcceptedTransaction>(
    knex,
    `select ${selectOf({ ...FACTS, isOwnerDisabled: IS_OWNER_DISABLED, ...STANDING })} from transactions t
      left join kyc_standings k on k.user_id = t.user_id
      where t.id = any(?::uuid[])`,
    [ids],
  );
  return found.filter((t) => t.state === 'accepted' && t.restoreId === null);
}

function noteHold(report: HoldReport, t: TransactionForPosting, result: PostingResult): void {
  if (result.status === 'posted')
    report.due.push({ job: 'send', lane: t.provider, id: t.id, driveNo: result.row!.driveNo });
  else if (result.status === 'refused' && result.row?.state === 'failed') report.finished.push(t.id);
  else if (result.status === 'refused' && result.code !== 'TRANSACTION_MOVE_REFUSED')
    report.errors.push(
      new DomainError(result.code, { detail: `the hold of a transaction was refused: ${result.code}` }),
    );
}

/** A service that holds nothing posts nothing: the move stands alone. */
function journalOf(
  id: TransactionId,
  kind: 'hold' | 'release',
  transfers: Transfer[],
): { journal?: Journal } {
  return transfers.length === 0
    ? {}
    : { journal: { id: journalId(id, kind, 0), transactionId: id, transfers } };
}

async function failAccepted(
  deps: { ledger: Ledger; clock: Clock },
  id: TransactionId,
  reason: string,
  actor: string,
): Promise<boolean> {
  const result = await deps.ledger.post({
    move: {
      transactionId: id,
      decide: (row) =>
        row.state === 'accepted' ? failChange(row, reason, actor, deps.clock.now()) : undefined,
    },
  });
  return result.status === 'posted';
}

function holdChange(row: LockedTransaction, now: Date): TransactionChange | undefined {
  if (row.state !== 'accepted') return undefined;
  return {
    to: 'held',
    actor: 'hold',
    reason: 'hold_posted',
    set: { dueAt: firstDriveAt(now), driveNo: row.driveNo + 1, drives: 0 },
  };
}

/** A transaction that was certainly never sent ends as failed. */
export function failChange(
  row: LockedTransaction,
  reason: string,
  actor: string,
  now: Date,
): TransactionChange | undefined {
  if (row.state !== 'accepted' && row.state !== 'held') return undefined;
  return {
    to: 'failed',
    actor,
    reason,
    set: {
      dueAt: null,
      drives: 0,
      driveNo: row.driveNo + 1,
      nextPollAt: null,
      finishedAt: now,
      statusReason: reason,
    },
  };
}

/** Is the transaction past the time until which it may be sent? */
export function isExpired(t: { expiresAt: Date }, now: Date): boolean {
  return t.expiresAt <= now;
}
