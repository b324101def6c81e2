import type { AccountId, TransactionId } from '../ids/ids';
import type { Paise } from '../../platform/money';
import type { CommonErrorCode } from '../errors/errors';
import {
  applyChange,
  type ChangeResult,
  type LockedTransaction,
  type TransactionChange,
} from '../lifecycle/moves';
import { sameTransfers, type Journal, type Transfer } from './journal';

/**
 * The heart of the ledger: applies postings in order, in memory, to a snapshot that was read under locks.
 * Pure. Each posting is accepted as a whole, refused for its own reason, or recognised as a repeat. A refused
 * posting has no effect on its neighbours.
 */

/**
 * Money to reserve in a limit counter (positive, up to the cap) or to give back (negative). The cap is the
 * one in force when the transaction was accepted, not the one with which the counter began.
 */
export interface Reservation {
  key: string;
  capPaise: Paise;
  amountPaise: Paise;
}

export interface MoveRequest {
  transactionId: TransactionId;
  /** Decides under the row's lock; undefined refuses the posting with TRANSACTION_MOVE_REFUSED. */
  decide(row: LockedTransaction): TransactionChange | undefined;
  /**
   * The move that the transaction makes when its posting is refused for lack of money or limit (a hold
   * fails).
   */
  otherwise?(row: LockedTransaction, code: CommonErrorCode): TransactionChange | undefined;
}

/** A journal, a move of a transaction and a reservation that stand or fall together. */
export interface Posting {
  journal?: Journal;
  move?: MoveRequest;
  reserve?: Reservation;
}

export type PostingResult =
  | { status: 'posted'; row?: LockedTransaction }
  | { status: 'repeat' }
  | { status: 'refused'; code: CommonErrorCode; row?: LockedTransaction };

export interface AccountSnapshot {
  id: AccountId;
  currency: string;
  debitsPaise: Paise;
  creditsPaise: Paise;
  /** No posting takes the balance below it; null where there is none. */
  floorPaise: Paise | null;
  /** Below it nothing is taken, though the balance may be there already: liens; `FROZEN_PAISE`; null for neither. */
  spendFloorPaise: Paise | null;
}
/** As the database writes it (`wallets_apply_controls`): nothing is taken from a frozen wallet, whatever it holds. */
export const FROZEN_PAISE: Paise = 9_223_372_036_854_775_807n;

export interface Snapshot {
  accounts: ReadonlyMap<AccountId, AccountSnapshot>;
  journals: ReadonlyMap<string, readonly Transfer[]>;
  transactions: ReadonlyMap<string, LockedTransaction>;
  limits: ReadonlyMap<string, { usedPaise: Paise }>;
}

export interface TransferRow extends Transfer {
  journalId: string;
  line: number;
  transactionId: TransactionId | null;
  currency: string;
  debitBalanceAfter: Paise;
  creditBalanceAfter: Paise;
}

export interface Effects {
  results: PostingResult[];
  transfers: TransferRow[];
  /** The gain of each counter, and the cap under which the newest reservation was made. */
  limits: Map<string, LimitGain>;
  changes: ChangeResult[];
}

export interface LimitGain {
  deltaPaise: Paise;
  capPaise?: Paise;
}

interface Running {
  debitsPaise: Paise;
  creditsPaise: Paise;
}

/**
 * Applies the postings to the snapshot. A transaction may appear at most once per call; the caller splits.
 */
export function applyPostings(snapshot: Snapshot, postings: readonly Posting[]): Effects {
  const effects: Effects = {
    results: [],
    transfers: [],
    limits: new Map(),
    changes: [],
  };
  const seen = new Map<string, { transfers: readonly Transfer[]; result: PostingResult }>();
  const balances = new Map<AccountId, Running>();
  for (const posting of postings) {
    const known = posting.journal === undefined ? undefined : findKnown(snapshot, seen, posting.journal);
    const result = known ?? applyOne(snapshot, posting, balances, effects);
    effects.results.push(result);
    if (posting.journal !== undefined && !seen.has(posting.journal.id))
      seen.set(posting.journal.id, { transfers: posting.journal.transfers, result });
  }
  return effects;
}

/**
 * A journal that exists or came earlier in this batch: a repeat if it is the same, its first refusal once
 * more, or an error if its content differs.
 */
function findKnown(
  snapshot: Snapshot,
  seen: ReadonlyMap<string, { transfers: readonly Transfer[]; result: PostingResult }>,
  journal: Journal,
): PostingResult | undefined {
  const stored = snapshot.journals.get(journal.id);
  const earlier = seen.get(journal.id);
  const transfers = stored ?? earlier?.transfers;
  if (transfers === undefined) return undefined;
  if (!sameTransfers(transfers, journal.transfers))
    return { status: 'refused', code: 'LEDGER_JOURNAL_MISMATCH' };
  if (stored === undefined && earlier!.result.status === 'refused') return earlier!.result;
  return { status: 'repeat' };
}

function applyOne(
  snapshot: Snapshot,
  posting: Posting,
  balances: Map<AccountId, Running>,
  effects: Effects,
): PostingResult {
  const { journal, move, reserve } = posting;
  const row = move === undefined ? undefined : snapshot.transactions.get(move.transactionId);
  if (move !== undefined && row === undefined) return { status: 'refused', code: 'TRANSACTION_NOT_FOUND' };
  const change = move === undefined ? undefined : move.decide(row!);
  if (move !== undefined && change === undefined)
    return { status: 'refused', code: 'TRANSACTION_MOVE_REFUSED', row };

  const refusal = refusalOf(snapshot, posting, balances, effects.limits);
  if (refusal !== undefined) return refuse(refusal, move, row, effects);

  if (journal !== undefined) writeJournal(snapshot, journal, balances, effects);
  if (reserve !== undefined) reserveIn(effects.limits, reserve);
  if (change === undefined) return { status: 'posted' };
  const changed = applyChange(row!, journal === undefined ? change : { ...change, journalId: journal.id });
  effects.changes.push(changed);
  return { status: 'posted', row: changed.row };
}

function reserveIn(limits: Map<string, LimitGain>, { key, capPaise, amountPaise }: Reservation): void {
  const before = limits.get(key);
  const cap = amountPaise > 0n ? capPaise : before?.capPaise;
  limits.set(key, {
    deltaPaise: (before?.deltaPaise ?? 0n) + amountPaise,
    ...(cap === undefined ? {} : { capPaise: cap }),
  });
}

function refuse(
  code: CommonErrorCode,
  move: MoveRequest | undefined,
  row: LockedTransaction | undefined,
  effects: Effects,
): PostingResult {
  const otherwise = move === undefined || row === undefined ? undefined : move.otherwise?.(row, code);
  if (otherwise === undefined) return { status: 'refused', code, row };
  const changed = applyChange(row!, otherwise);
  effects.changes.push(changed);
  return { status: 'refused', code, row: changed.row };
}

function refusalOf(
  snapshot: Snapshot,
  { journal, reserve }: Posting,
  balances: ReadonlyMap<AccountId, Running>,
  limits: ReadonlyMap<string, LimitGain>,
): CommonErrorCode | undefined {
  if (reserve !== undefined) {
    const used =
      (snapshot.limits.get(reserve.key)?.usedPaise ?? 0n) +
      (limits.get(reserve.key)?.deltaPaise ?? 0n) +
      reserve.amountPaise;
    // What is given back asks for no room: the cap may be lower by now than what is used.
    if (used < 0n || (reserve.amountPaise > 0n && used > reserve.capPaise)) return 'LIMIT_EXCEEDED';
  }
  return journal === undefined ? undefined : refusalOfJournal(snapshot, journal, balances);
}

/** Would the journal as a whole take an account below its floor? Accounts that only gain are not checked. */
function refusalOfJournal(
  snapshot: Snapshot,
  journal: Journal,
  balances: ReadonlyMap<AccountId, Running>,
): CommonErrorCode | undefined {
  // of the whole journal: it may take money from where an earlier line put it
  const change = new Map<AccountId, Paise>();
  let currency: string | undefined;
  for (const t of journal.transfers) {
    const debit = snapshot.accounts.get(t.debitAccountId);
    const credit = snapshot.accounts.get(t.creditAccountId);
    if (debit === undefined || credit === undefined) return 'LEDGER_ACCOUNT_UNKNOWN';
    currency ??= debit.currency;
    if (debit.currency !== currency || credit.currency !== currency) return 'LEDGER_JOURNAL_INVALID';
    change.set(debit.id, (change.get(debit.id) ?? 0n) - t.amountPaise);
    change.set(credit.id, (change.get(credit.id) ?? 0n) + t.amountPaise);
  }
  for (const [id, delta] of change) {
    const account = snapshot.accounts.get(id)!;
    const leastPaise = account.spendFloorPaise ?? account.floorPaise;
    if (leastPaise === null || delta >= 0n) continue;
    const gained = balances.get(id);
    const balance =
      account.creditsPaise -
      account.debitsPaise +
      (gained === undefined ? 0n : gained.creditsPaise - gained.debitsPaise);
    if (balance + delta < leastPaise)
      return leastPaise === FROZEN_PAISE ? 'WALLET_FROZEN' : 'LEDGER_INSUFFICIENT_FUNDS';
  }
  return undefined;
}

function writeJournal(
  snapshot: Snapshot,
  journal: Journal,
  balances: Map<AccountId, Running>,
  effects: Effects,
): void {
  journal.transfers.forEach((t, line) => {
    const debit = running(balances, t.debitAccountId);
    const credit = running(balances, t.creditAccountId);
    debit.debitsPaise += t.amountPaise;
    credit.creditsPaise += t.amountPaise;
    // Spelled out: a spread here costs five times as much, and this is the hottest line there is.
    effects.transfers.push({
      debitAccountId: t.debitAccountId,
      creditAccountId: t.creditAccountId,
      amountPaise: t.amountPaise,
      code: t.code,
      journalId: journal.id,
      line,
      transactionId: journal.transactionId,
      currency: snapshot.accounts.get(t.debitAccountId)!.currency,
      debitBalanceAfter: balanceAfter(snapshot, t.debitAccountId, debit),
      creditBalanceAfter: balanceAfter(snapshot, t.creditAccountId, credit),
    });
  });
}

function running(balances: Map<AccountId, Running>, id: AccountId): Running {
  let r = balances.get(id);
  if (r === undefined) {
    r = { debitsPaise: 0n, creditsPaise: 0n };
    balances.set(id, r);
  }
  return r;
}

function balanceAfter(snapshot: Snapshot, id: AccountId, gained: Running): Paise {
  const account = snapshot.accounts.get(id)!;
  return account.creditsPaise - account.debitsPaise + gained.creditsPaise - gained.debitsPaise;
}
