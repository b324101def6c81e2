import type { AccountId } from '../ids/ids';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { DomainError } from '../errors/errors';
import { aloneAfter, createGather } from '../../platform/gather';
import { lockTransactionsForUpdate, writeChanges } from '../lifecycle/moves';
import {
  applyPostings,
  type AccountSnapshot,
  type Posting,
  type PostingResult,
  type Reservation,
} from './apply';
import { checkJournal } from './journal';
import { lockAccountsForUpdate, lockLimitsForUpdate, readJournals, writeEffects } from './rows';

/**
 * Group commit. Concurrent postings of this process are gathered into one READ COMMITTED database
 * transaction:
 * 1. lock transactions by id, limit counters by key and accounts by id, in that order, each sorted;
 * 2. then, in a new statement, read which journals exist;
 * 3. apply the postings in order, in memory (apply.ts);
 * 4. write transfers (which move the balances), counters, states and events with one statement each; an
 *    unexpected row count rolls back;
 * 5. commit, and only then answer the callers.
 * On an SQL error everything is rolled back and the postings are tried one by one, so that a bad one never
 * fails its neighbours. Deadlocks and lock time-outs are retried first. A connection lost at COMMIT leaves
 * the outcome unknown: callers get SERVICE_UNAVAILABLE and may post the same again.
 */
export interface Ledger {
  /**
   * Posts all of it or nothing. Resolves after the commit. Throws DomainError SERVICE_UNAVAILABLE when the
   * outcome is unknown, LEDGER_JOURNAL_INVALID on a malformed journal.
   */
  post(posting: Posting): Promise<PostingResult>;
  /** Resolves when no posting waits or runs. */
  drain(): Promise<void>;
}

export interface LedgerDependencies {
  knex: Knex;
  clock: Clock;
  /** The maximum number of postings per database transaction. */
  maxBatch?: number;
  /** Called after each commit; for metrics. */
  onBatch?(size: number, ms: number): void;
  /** Called at named points inside a batch; tests freeze or kill a process there. */
  onPoint?(point: 'locked' | 'written'): Promise<void> | void;
}

const DEFAULT_MAX_BATCH = 1_000;
const togetherThenAlone = aloneAfter({ unconfirmed: unavailable });

export function createLedger(deps: LedgerDependencies): Ledger {
  const gather = createGather<Posting, PostingResult>((postings) => postGathered(deps, postings), {
    maxBatch: deps.maxBatch ?? DEFAULT_MAX_BATCH,
  });
  return {
    async post(posting) {
      if (posting.journal !== undefined) checkJournal(posting.journal);
      return gather(posting);
    },
    drain: () => gather.drain(),
  };
}

async function postGathered(
  deps: LedgerDependencies,
  postings: Posting[],
): Promise<(PostingResult | Error)[]> {
  const results: (PostingResult | Error)[] = [];
  for (const batch of splitByTransaction(postings))
    results.push(...(await togetherThenAlone(batch, (part) => commitBatch(deps, part))));
  return results;
}

/**
 * Cuts the list before a posting whose transaction is already in the current part: a move must be decided on
 * what the previous one has written.
 */
function splitByTransaction(postings: readonly Posting[]): Posting[][] {
  const parts: Posting[][] = [[]];
  let ids = new Set<string>();
  for (const posting of postings) {
    const id = posting.move?.transactionId;
    if (id !== undefined && ids.has(id)) {
      parts.push([]);
      ids = new Set();
    }
    if (id !== undefined) ids.add(id);
    parts.at(-1)!.push(posting);
  }
  return parts;
}

async function commitBatch(deps: LedgerDependencies, postings: Posting[]): Promise<PostingResult[]> {
  const started = performance.now();
  const results = await deps.knex.transaction((trx) => postBatch(trx, deps, postings));
  deps.onBatch?.(postings.length, performance.now() - started);
  return results;
}

interface PostingDependencies extends Pick<LedgerDependencies, 'clock' | 'onPoint'> {
  locked?: ReadonlyMap<AccountId, AccountSnapshot>;
}

/**
 * Posts in the caller's database transaction, for a posting that stands or falls with rows that are not the
 * ledger's (an approval). At most one posting of each transaction. Throws DomainError LEDGER_JOURNAL_INVALID.
 * `locked`: the accounts of all postings, which the caller has locked in this database transaction and not moved since.
 */
export async function postIn(
  trx: Knex.Transaction,
  deps: PostingDependencies,
  postings: readonly Posting[],
): Promise<PostingResult[]> {
  for (const { journal } of postings) if (journal !== undefined) checkJournal(journal);
  return postBatch(trx, deps, postings);
}

async function postBatch(
  trx: Knex.Transaction,
  deps: PostingDependencies,
  postings: readonly Posting[],
): Promise<PostingResult[]> {
  const transactions = await lockTransactionsForUpdate(
    trx,
    postings.flatMap((p) => p.move?.transactionId ?? []),
  );
  const limits = await lockLimitsForUpdate(
    trx,
    postings.flatMap((p): Reservation[] => (p.reserve === undefined ? [] : [p.reserve])),
  );
  const accounts = deps.locked ?? (await lockAccountsForUpdate(trx, accountIds(postings)));
  await deps.onPoint?.('locked');
  const journals = await readJournals(trx, [...new Set(postings.flatMap((p) => p.journal?.id ?? []))]);
  const effects = applyPostings({ transactions, limits, accounts, journals }, postings);
  const at = deps.clock.now();
  await writeEffects(trx, effects, at);
  await writeChanges(trx, effects.changes, at);
  await deps.onPoint?.('written');
  return effects.results;
}

function accountIds(postings: readonly Posting[]): AccountId[] {
  const ids = new Set<AccountId>();
  for (const { journal } of postings) {
    for (const t of journal?.transfers ?? []) {
      ids.add(t.debitAccountId);
      ids.add(t.creditAccountId);
    }
  }
  return [...ids];
}

function unavailable(cause: unknown): DomainError {
  return new DomainError('SERVICE_UNAVAILABLE', {
    detail: 'the ledger could not confirm the posting; the same posting may be sent again',
    cause,
  });
}
