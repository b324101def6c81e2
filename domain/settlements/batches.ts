import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { derivedUuid, publicId, type Ids } from '../../platform/ids';
import { least, type Paise } from '../../platform/money';
import type { Calendar } from '../calendar/calendar';
import { CALENDAR_ERRORS } from '../calendar/errors';
import { openCases, type NewCase } from '../cases/cases';
import { DomainError } from '../errors/errors';
import type { AccountId } from '../ids/ids';
import { accountCode, openAccounts } from '../ledger/accounts';
import type { AccountSnapshot } from '../ledger/apply';
import type { Journal } from '../ledger/journal';
import { postIn } from '../ledger/post';
import { lockAccountsForUpdate } from '../ledger/rows';
import type { AcceptPayouts } from '../payouts/accept';
import type { Policies } from '../policies/policies';
import {
  candidates,
  insertItems,
  isOpen,
  keepPayouts,
  markMade,
  openBatch,
  sumsOf,
  unpaidItems,
  type Batch,
  type Candidate,
  type Item,
  type UnpaidItem,
} from './batch-rows';
import { passedCutoffs, rulesOn, shareOf, type SettlementRule } from './rules';

/**
 * Batches of a business day: at each cut-off that has passed, what the wallets of a kind had then goes to the verified
 * bank accounts of their owners. An item takes its amount once: as a payout of ours, by the hold of that payout; in a
 * file to our bank, by its own journal (wallet -> on its way, fee, tax), in the database transaction of its row.
 *
 * Doing it again, or twice at once, makes nothing new: a batch by its cut-off, an item by its batch and wallet, a payout
 * by the key of its item, a journal by the id of it.
 */
export interface SettlementBatches {
  /**
   * Of one business day. A rule whose holidays are not loaded opens a case, and waits; the others go on. What one batch or
   * one payout is refused for is thrown after all others were made. Throws DomainError PRICE_NOT_FOUND, and what
   * AcceptPayouts.settle throws.
   */
  run(day: string, watch?: { signal?: AbortSignal; progress?: (rows: number) => void }): Promise<Settled>;
}

export interface Settled {
  batches: number;
  items: number;
  paise: Paise;
  /** Wallets with enough in them whose owners had no bank account that was verified. */
  withoutAccount: number;
  /** Why cut-offs of some rule could not be told: CALENDAR_YEAR_MISSING. */
  missingYear: DomainError | undefined;
}

export interface SettlementDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  policies: Policies;
  calendar: Calendar;
  acceptPayouts: Pick<AcceptPayouts, 'settle'>;
  /** Wallets of one database transaction. */
  page?: number;
}

interface Watched {
  signal?: AbortSignal | undefined;
  moved: (rows: number) => void;
}

const PAGE = 200;
const TRIES = 5;
const FIRST = '00000000-0000-0000-0000-000000000000';

export function createSettlementBatches(deps: SettlementDependencies): SettlementBatches {
  const { knex, clock, ids } = deps;
  return {
    async run(day, { signal, progress } = {}) {
      const { timed, missingYear } = await cutoffsOf(deps, day);
      const batches: string[] = [];
      const failed: unknown[] = [];
      let moved = 0;
      const watched = { signal, moved: (rows: number) => progress?.((moved += rows)) };
      for (const { rule, cutoffs } of timed) {
        for (const cutoffAt of cutoffs) {
          const { walletKind, paysBy, bank } = rule;
          const wanted = { id: ids.uuid(), walletKind, businessDate: day, cutoffAt, paysBy, bank };
          try {
            const batch = await openBatch(knex, wanted, clock.now());
            batches.push(batch.id);
            if (batch.madeAt === null) await make(deps, batch, { rule, ...watched });
          } catch (error) {
            signal?.throwIfAborted();
            failed.push(error); // the others are made all the same
          }
        }
      }
      if (failed.length > 0) throw failed[0];
      return { batches: batches.length, ...(await sumsOf(knex, batches)), missingYear };
    },
  };
}

interface Timed {
  rule: SettlementRule;
  cutoffs: Date[];
}

/** The cut-offs of each rule that have passed. Holidays that are not loaded are a case, once for an office and year. */
async function cutoffsOf(
  { knex, clock, ids, calendar }: SettlementDependencies,
  day: string,
): Promise<{ timed: Timed[]; missingYear: DomainError | undefined }> {
  const days = await calendar.days();
  const timed: Timed[] = [];
  let missingYear: DomainError | undefined;
  for (const rule of await rulesOn(knex, day)) {
    try {
      timed.push({ rule, cutoffs: passedCutoffs(rule, { day, now: clock.now(), calendar: days }) });
    } catch (error) {
      if (!isYearMissing(error)) throw error;
      missingYear = error;
      await openCases(knex, ids, [yearCase(day.slice(0, 4), rule)], clock.now());
    }
  }
  return { timed, missingYear };
}

const isYearMissing = (error: unknown): error is DomainError =>
  error instanceof DomainError && error.code === CALENDAR_ERRORS.CALENDAR_YEAR_MISSING.code;

/** A person who closes it is not asked again by each round; its step still says so. */
const yearCase = (year: string, { office, walletKind }: SettlementRule): NewCase => ({
  kind: 'calendar_year_missing',
  subject: `calendar:${year}:${office}`,
  situation: 'missing',
  summary: `The bank holidays of ${office} in ${year} are not loaded: ${walletKind} wallets are not settled until they are`,
  evidence: { year, office },
});

type Making = Watched & { rule: SettlementRule };

async function make(deps: SettlementDependencies, batch: Batch, making: Making): Promise<void> {
  const { knex, clock, page = PAGE } = deps;
  const { minimumPaise } = making.rule;
  let [after, withoutAccount] = [FIRST, 0];
  for (;;) {
    making.signal?.throwIfAborted();
    const found = await candidates(knex, batch, { after, minimumPaise, limit: page });
    if (found.length === 0) break;
    after = found.at(-1)!.walletId;
    const payable = found.filter(hasAccount);
    withoutAccount += found.length - payable.length;
    await makeItems(deps, batch, making.rule, payable);
    making.moved(payable.length);
  }
  do {
    if (batch.paysBy === 'payout') await payItems(deps, batch, making);
  } while (!(await markMade(knex, { id: batch.id, withoutAccount, at: clock.now() })));
}

type Payable = Candidate & { beneficiaryId: string };
const hasAccount = (candidate: Candidate): candidate is Payable => candidate.beneficiaryId !== null;

async function makeItems(
  deps: SettlementDependencies,
  batch: Batch,
  rule: SettlementRule,
  list: readonly Payable[],
): Promise<void> {
  if (list.length === 0) return;
  const { knex, clock, policies } = deps;
  const isFile = batch.paysBy === 'bank_file';
  const shared = [accountCode.feeIncome('settlement'), accountCode.gstPayable()];
  // An account is never opened inside a posting.
  const codes = isFile ? [...shared, ...list.map(({ userId }) => accountCode.settlementPayable(userId))] : [];
  const others = await openAccounts(knex, codes);
  await knex.transaction(async (trx) => {
    if (!(await isOpen(trx, batch))) return;
    const accounts = await lockAccountsForUpdate(trx, [
      ...new Set([...list.map(({ accountId }) => accountId), ...others.values()]),
    ]);
    const at = clock.now();
    const price = (amountPaise: Paise) =>
      policies.price('settlement', batch.walletKind, amountPaise, batch.cutoffAt);
    const items = list.flatMap((candidate): Item[] => {
      const available = least(candidate.cutoffPaise, spendable(accounts.get(candidate.accountId)!));
      const share = shareOf(available, rule, price);
      if (share === undefined) return [];
      const id = derivedUuid(batch.id, `item|${candidate.walletId}`);
      return [{ ...candidate, ...share, id, journalId: isFile ? derivedUuid(id, 'debit') : null }];
    });
    const fresh = new Set(await insertItems(trx, batch, items, at));
    if (!isFile) return;
    await post(
      trx,
      deps,
      items.filter(({ id }) => fresh.has(id)).map((item) => debitOf(item, others)),
    );
  });
}

/** What the wallet can give: nothing of a frozen one, nothing of what is reserved. */
function spendable({ creditsPaise, debitsPaise, floorPaise, spendFloorPaise }: AccountSnapshot): Paise {
  return creditsPaise - debitsPaise - (spendFloorPaise ?? floorPaise ?? 0n);
}

/** Wallet -> on its way to the bank, fee, tax. */
function debitOf(item: Item, others: ReadonlyMap<string, AccountId>): Journal {
  const { accountId: debitAccountId, userId, amountPaise, feePaise, taxPaise, journalId } = item;
  const line = (code: string, credit: string, paise: Paise) =>
    paise === 0n ? [] : [{ debitAccountId, creditAccountId: others.get(credit)!, amountPaise: paise, code }];
  return {
    id: journalId!,
    transactionId: null,
    transfers: [
      ...line('settlement', accountCode.settlementPayable(userId), amountPaise),
      ...line('settlement_fee', accountCode.feeIncome('settlement'), feePaise),
      ...line('settlement_gst', accountCode.gstPayable(), taxPaise),
    ],
  };
}

/** The accounts are locked and were looked at: a refusal is a fault of ours, and undoes everything. */
async function post(
  trx: Knex.Transaction,
  deps: Pick<SettlementDependencies, 'clock'>,
  journals: readonly Journal[],
): Promise<void> {
  const results = await postIn(
    trx,
    deps,
    journals.map((journal) => ({ journal })),
  );
  if (results.some(({ status }) => status !== 'posted'))
    throw new DomainError('INTERNAL_ERROR', { detail: 'the ledger refused to debit a settlement' });
}

/**
 * A payout for each item that has none. Another process may be at the same ones: those are looked at again. One that is
 * refused keeps no other waiting: its refusal is thrown at the end, and it is tried again with the batch.
 */
async function payItems(
  deps: SettlementDependencies,
  batch: Batch,
  { signal, moved }: Watched,
): Promise<void> {
  const { knex, page = PAGE } = deps;
  const refused: { id: string; why: unknown }[] = [];
  for (let tries = 0; ;) {
    signal?.throwIfAborted();
    const without = refused.map(({ id }) => id);
    const items = await unpaidItems(knex, { batchId: batch.id, without, limit: page });
    if (items.length === 0) break;
    const paid = await Promise.allSettled(items.map((item) => payOne(deps, item)));
    const done = paid.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    await keepPayouts(knex, done);
    moved(done.length);
    const failed = paid.flatMap((one, i) =>
      one.status === 'rejected' ? [{ id: items[i]!.id, why: one.reason as unknown }] : [],
    );
    refused.push(...failed.filter(({ why }) => !isBusy(why)));
    const busy = failed.find(({ why }) => isBusy(why));
    if (busy !== undefined && ++tries >= TRIES) throw busy.why;
  }
  if (refused[0] !== undefined) throw refused[0].why;
}

const isBusy = (why: unknown): boolean => why instanceof DomainError && why.retryable;

async function payOne(
  { acceptPayouts }: SettlementDependencies,
  item: UnpaidItem,
): Promise<{ id: string; transactionId: string }> {
  const { id, userId, walletId, accountId, beneficiaryId, ifsc, amountPaise, feePaise, taxPaise } = item;
  const reference = publicId('settlementItem', id);
  const accepted = await acceptPayouts.settle({
    wallet: { userId, walletId, accountId },
    // no caller of the API can send a key with a blank, or a reference that begins so
    ...{ key: `settlement ${id}`, reference, narration: 'Settlement' },
    beneficiary: { id: beneficiaryId, ifsc },
    ...{ amountPaise, feePaise, taxPaise },
  });
  return { id, transactionId: accepted.id };
}
