/**
 * The platform in memory: the same pure functions that production calls under its locks (applyPostings,
 * recordOne, applyChange, the recipes), around them the plainest possible database, and beside every batch of
 * postings the naive ledger, which must come to the same. Thousands of steps a second, so that rare orders
 * are met.
 */
import { transactionId, accountId, type TransactionId } from '../../../domain/ids/ids';
import assert from 'node:assert/strict';
import { applyPostings, type Posting } from '../../../domain/ledger/apply';
import { journalId, type Transfer } from '../../../domain/ledger/journal';
import { creditEffectTransfers } from '../../../domain/posting/credit-recipes';
import {
  effectTransfers,
  holdTransfers,
  releaseTransfers,
  type DebitAccounts,
} from '../../../domain/posting/debit-recipes';
import type { Effect } from '../../../domain/lifecycle/decide';
import { failChange } from '../../../domain/posting/hold';
import type { State } from '../../../domain/lifecycle/lifecycle';
import { applyChange, type LockedTransaction } from '../../../domain/lifecycle/moves';
import { recordOne, type OutcomeReport } from '../../../domain/lifecycle/record-outcome';
import { STATE_OF } from '../../../domain/posting/settle';
import { certainOnly } from '../../../domain/provider/answers';
import type { PayoutInstruction } from '../../../domain/payouts/port';
import { addMs } from '../../../platform/clock';
import {
  copyWorld,
  naiveBalance,
  postNaively,
  snapshotOf,
  type NaiveWorld,
} from '../../support/naive-ledger';
import { lockedRow } from '../../support/rows';
import { checkCallback, parseCallback, prepare } from '../../support/scripted-connector';
import { moneyIsRight, type Kind } from './money';
import { createProviderBook, type Order, type ProviderBook } from './provider-book';
import type { Journal, Random } from './random';

const MINUTE = 60_000;
const WINDOW_MS = 15 * MINUTE;
const RECHECK_MS = [86_400_000, 259_200_000];
const WALLETS = [1n, 2n, 3n];
/** Of agents whose customers' banks pay: nothing is spent from these. */
const AGENT_WALLETS = [4n, 5n];
const ANSWER_WITHIN_MS = 60_000;
const BANK = 20n;
const ACCOUNTS: Omit<DebitAccounts, 'wallet'> = {
  clearing: accountId(10n),
  float: accountId(11n),
  feeIncome: accountId(12n),
  gstPayable: accountId(13n),
  providerFee: accountId(14n),
  gstInput: accountId(15n),
  suspense: accountId(16n),
  receivable: accountId(17n),
  refundPayable: accountId(18n),
};
const FLOORED = new Set([...WALLETS, ...AGENT_WALLETS, ACCOUNTS.clearing, ACCOUNTS.refundPayable]);
const ON_CLEARING = new Set<State>(['held', 'dispatched']);
const FINAL = new Set<State>(['succeeded', 'failed', 'reversed', 'refunded']);
/** As settle has it: no money went out; a success is undone, and with it what the provider charged for it. */
const GIVES_LIMIT_BACK = new Set<Effect>([
  'failure',
  'reversal',
  'refund',
  'refund_at_once',
  'refund_after_success',
]);
const UNDOES_SUCCESS = new Set<Effect>(['reversal', 'refund_after_success', 'refund_due_after_success']);

interface Facts {
  kind: Kind;
  chargePaise: bigint;
  wallet: bigint;
  amountPaise: bigint;
  feePaise: bigint;
  taxPaise: bigint;
  label: string;
}
interface Attempt {
  instruction: PayoutInstruction;
  sendBefore: Date;
  sendCount: number;
  notFound: number;
}
interface Known {
  effect: Effect;
  fees: { providerFeePaise: bigint; providerTaxPaise: bigint };
}

export interface MemoryWorld {
  book: ProviderBook;
  step(): void;
  check(): void;
  /** Drives everything to its end. */
  calmDown(): void;
  endings(): { label: string; state: State; hasCase: boolean }[];
}

export function createMemoryWorld(random: Random, journal: Journal): MemoryWorld {
  let now = new Date('2026-11-01T06:30:00Z');
  let world: NaiveWorld = {
    accounts: new Map(
      [...WALLETS, ...AGENT_WALLETS, ...Object.values(ACCOUNTS), BANK].map((id) => [
        id,
        { currency: 'INR', floorPaise: FLOORED.has(id) ? 0n : null, entries: [] },
      ]),
    ),
    journals: new Map(),
    transactions: new Map(),
    limits: new Map(),
  };
  const facts = new Map<string, Facts>();
  const attempts = new Map<string, Attempt[]>();
  const effects = new Map<string, Known[]>();
  const cases = new Map<string, Set<string>>();
  let late: { report: OutcomeReport; wakesAt: number }[] = []; // what processes know that sleep before they write it down
  let steps = 0;
  const sleep = (report: OutcomeReport, most: number): void => {
    late.push({ report, wakesAt: steps + random.below(random.chance(0.5) ? 20 : most) });
  };
  const seen: Posting[] = [];
  const checked = new WeakSet<LockedTransaction>();
  const kindOf = (id: string): Kind => facts.get(id)!.kind;
  const book = createProviderBook(random, () => now.getTime(), {
    isRefundable: (label) => kindOf([...facts].find(([, f]) => f.label === label)![0]) === 'transfer',
  });
  const orderOf = (i: PayoutInstruction): Order => ({ ...i, label: i.narration!, body: prepare(i).body });
  const rowsIn = (...states: State[]): LockedTransaction[] =>
    [...m.world.transactions.values()].filter((t) => states.includes(t.state));
  const put = (row: LockedTransaction): void => {
    world.transactions.set(row.id, row);
  };
  const totalOf = (f: Facts): bigint => f.amountPaise + f.feePaise + f.taxPaise + f.chargePaise;
  const raise = (id: string, kind: string): void => {
    cases.set(id, (cases.get(id) ?? new Set()).add(kind));
  };
  const amounts = (f: Facts, fees: Known['fees']) => ({ ...f, ...fees });
  const NO_FEES = { providerFeePaise: 0n, providerTaxPaise: 0n };

  // Postings

  function hold(id: TransactionId): Posting {
    const f = facts.get(id)!;
    return {
      journal: {
        id: journalId(id, 'hold', 0),
        transactionId: id,
        transfers: holdTransfers({ ...ACCOUNTS, wallet: accountId(f.wallet) }, amounts(f, NO_FEES)),
      },
      reserve: { key: 'day', capPaise: 3_000_000n, amountPaise: f.amountPaise },
      move: {
        transactionId: id,
        otherwise: (row, code) => failChange(row, code, 'hold', now),
        decide: (row) =>
          row.state === 'accepted'
            ? {
                to: 'held',
                actor: 'hold',
                reason: 'hold_posted',
                set: { dueAt: addMs(now, 10_000), driveNo: row.driveNo + 1 },
              }
            : undefined,
      },
    };
  }

  function release(id: TransactionId): Posting {
    const f = facts.get(id)!;
    if (f.kind === 'withdrawal')
      return {
        move: {
          transactionId: id,
          decide: (row) =>
            row.state === 'held' ? failChange(row, 'TRANSACTION_NOT_SENT', 'api', now) : undefined,
        },
      };
    return {
      journal: {
        id: journalId(id, 'release', 0),
        transactionId: id,
        transfers: releaseTransfers({ ...ACCOUNTS, wallet: accountId(f.wallet) }, amounts(f, NO_FEES)),
      },
      reserve: { key: 'day', capPaise: 3_000_000n, amountPaise: -f.amountPaise },
      move: {
        transactionId: id,
        decide: (row) =>
          row.state === 'held' ? failChange(row, 'TRANSACTION_EXPIRED', 'send', now) : undefined,
      },
    };
  }

  /** The n-th effect (from 1), which another process may have posted meanwhile. */
  function settle(id: TransactionId, seq: number): Posting | undefined {
    const known = effects.get(id)?.[seq - 1];
    if (known === undefined) return undefined;
    const f = facts.get(id)!;
    const to = STATE_OF[known.effect];
    const fees = UNDOES_SUCCESS.has(known.effect) ? postedFees(id, seq) : known.fees;
    const transfers = (f.kind === 'withdrawal' ? creditEffectTransfers : effectTransfers)(
      known.effect,
      { ...ACCOUNTS, wallet: accountId(f.wallet) },
      { ...amounts(f, fees), service: 'aeps' },
    );
    return {
      ...(transfers.length === 0
        ? {}
        : { journal: { id: journalId(id, 'effect', seq), transactionId: id, transfers } }),
      ...(f.kind !== 'withdrawal' && GIVES_LIMIT_BACK.has(known.effect)
        ? { reserve: { key: 'day', capPaise: 3_000_000n, amountPaise: -f.amountPaise } }
        : {}),
      move: {
        transactionId: id,
        decide: (row) =>
          row.postedCount !== seq - 1
            ? undefined
            : {
                to,
                actor: 'settle',
                reason: known.effect,
                set: {
                  postedCount: seq,
                  dueAt: row.effectCount > seq ? addMs(now, 10_000) : null,
                  driveNo: row.driveNo + 1,
                  pollNo: 0,
                  finishedAt: FINAL.has(to) ? now : null,
                  nextPollAt:
                    row.askedForAt !== null
                      ? row.nextPollAt
                      : to === 'succeeded' || to === 'refund_pending'
                        ? addMs(now, RECHECK_MS[0]!)
                        : null,
                },
              },
      },
    };
  }

  /** What the effects before this one posted of the provider's fee, and did not give back. */
  function postedFees(id: TransactionId, seq: number): Known['fees'] {
    const posted = Array.from(
      { length: seq - 1 },
      (_, i) => world.journals.get(journalId(id, 'effect', i + 1)) ?? [],
    ).flat();
    const left = (code: string): bigint =>
      posted.reduce(
        (sum, t) =>
          sum + (t.code === code ? t.amountPaise : t.code === `${code}_reversed` ? -t.amountPaise : 0n),
        0n,
      );
    return { providerFeePaise: left('provider_fee'), providerTaxPaise: left('provider_gst') };
  }

  const funding = (): Posting => ({
    journal: {
      id: `funding ${seen.length}`,
      transactionId: null,
      transfers: [
        {
          debitAccountId: accountId(BANK),
          creditAccountId: accountId(random.pick(WALLETS)),
          amountPaise: BigInt(1 + random.below(600_000)),
          code: 'funding',
        },
      ],
    },
  });

  /** A journal that was posted before, or one with its id that says something else. */
  function again(): Posting[] {
    if (seen.length === 0) return [];
    const old = random.pick(seen);
    if (!random.chance(0.2)) return [old];
    const [first, ...rest] = old.journal!.transfers;
    return [
      {
        journal: {
          ...old.journal!,
          transfers: [{ ...first!, amountPaise: first!.amountPaise + 1n }, ...rest],
        },
      },
    ];
  }

  function post(): void {
    const wanted = [
      ...random.some(rowsIn('accepted'), 4).map((t) => hold(t.id)),
      ...random.some(rowsIn('held').filter(isToRelease), 3).map((t) => release(t.id)),
      ...random
        .some([...effects.keys()], 5)
        .flatMap(
          (id) =>
            settle(
              transactionId(id),
              Math.max(1, world.transactions.get(id)!.postedCount + (random.chance(0.9) ? 1 : 0)),
            ) ?? [],
        ),
      ...(random.chance(0.3) ? [funding()] : []),
      ...(random.chance(0.2) ? again() : []),
    ];
    const moved = new Set<string>();
    const batch = random
      .some(wanted, 12)
      .filter(
        ({ move }) =>
          move === undefined ||
          (!moved.has(move.transactionId) && moved.add(move.transactionId) !== undefined),
      );
    // The same journal twice in a batch, once without its move: what came first counts.
    const twice = random.chance(0.15)
      ? random
          .some(
            batch.filter((p) => p.journal !== undefined),
            2,
          )
          .map(({ journal: j }) => ({ journal: j! }))
      : [];
    if (batch.length > 0) postBatch([...batch, ...twice]);
  }

  function postBatch(batch: readonly Posting[]): void {
    const written = applyPostings(snapshotOf(world), batch);
    const refused = new Map<string, { transfers: readonly Transfer[]; code: string }>();
    let naive = world;
    const results = batch.map((posting) => {
      const done = postNaively(naive, posting, refused);
      naive = done.world;
      return done.result;
    });
    journal.note(`post ${batch.map((p, i) => `${p.journal?.id.slice(-6)} ${results[i]}`).join(', ')}`);
    assert.deepEqual(
      written.results.map((r) => (r.status === 'refused' ? r.code : r.status)),
      results,
    );
    for (const [id, gained] of written.accounts)
      assert.equal(
        naiveBalance(world, id) + gained.creditsPaise - gained.debitsPaise,
        naiveBalance(naive, id),
        `account ${id}`,
      );
    for (const c of written.changes) assert.deepEqual(c.row, naive.transactions.get(c.row.id));
    assert.equal(
      written.transfers.length,
      [...naive.journals].filter(([id]) => !world.journals.has(id)).flatMap(([, t]) => t).length,
    );
    if (random.chance(0.05)) {
      journal.note('the process died before its commit');
      return;
    }
    world = naive;
    batch.forEach((p, i) => {
      if (results[i] === 'posted' && p.journal !== undefined) seen.push({ journal: p.journal });
    });
  }

  // Sending and asking

  const isToRelease = (row: LockedTransaction): boolean =>
    row.expiresAt <= now || kindOf(row.id) === 'withdrawal';

  function accept(): void {
    const n = facts.size;
    const id = transactionId(`01890a5d-ac96-774b-bcce-${n.toString(16).padStart(12, '0')}`);
    const kind = random.weighted<Kind>({ payout: 4, transfer: 4, withdrawal: 2 });
    const amountPaise = BigInt(100 + random.below(200_000));
    const isWithdrawal = kind === 'withdrawal';
    facts.set(id, {
      kind,
      wallet: random.pick(isWithdrawal ? AGENT_WALLETS : WALLETS),
      amountPaise,
      feePaise: isWithdrawal ? 0n : 500n,
      taxPaise: isWithdrawal ? 0n : 90n,
      chargePaise: kind === 'transfer' ? 1_000n : 0n,
      label: `sim${n}`,
    });
    const row = lockedRow({
      id,
      amountPaise,
      dueAt: addMs(now, 10_000),
      expiresAt: addMs(now, 30 * MINUTE),
      answerBefore: isWithdrawal ? addMs(now, ANSWER_WITHIN_MS) : null,
    });
    journal.note(`accept sim${n}, a ${kind}`);
    put(row);
    // Nothing is held of it: it goes out with its request.
    if (isWithdrawal)
      dispatch(
        applyChange(row, {
          to: 'held',
          actor: 'api',
          reason: 'nothing_to_hold',
          set: { driveNo: row.driveNo + 1 },
        }).row,
      );
  }

  function send(): void {
    const [row] = random.some(
      rowsIn('held').filter((t) => !isToRelease(t)),
      1,
    );
    if (row !== undefined) dispatch(row);
  }

  function dispatch(row: LockedTransaction): void {
    const f = facts.get(row.id)!;
    const attemptNo = row.attemptNo + 1;
    const instruction: PayoutInstruction = {
      ourReference: `${f.label}r${attemptNo}`,
      idempotencyKey: `${f.label}k${attemptNo}`,
      amountPaise: f.amountPaise,
      currency: 'INR',
      mode: 'IMPS',
      narration: f.label,
      refs: { fund_account: 'fa_1' },
    };
    const sendBefore = addMs(now, 20_000);
    put(
      applyChange(row, {
        to: 'dispatched',
        actor: 'send',
        reason: 'sending',
        set: {
          attemptNo,
          sendBefore,
          dueAt: null,
          driveNo: row.driveNo + 1,
          pollNo: 0,
          nextPollAt: addMs(now, 15_000),
          statusReason: null,
        },
      }).row,
    );
    attempts.set(row.id, [
      ...(attempts.get(row.id) ?? []),
      { instruction, sendBefore, sendCount: 1, notFound: 0 },
    ]);
    const fate = random.weighted({ answered: 66, late: 14, never_called: 14, never_recorded: 6 });
    journal.note(`send ${f.label} attempt ${attemptNo}, ${fate}`);
    if (fate === 'never_called') {
      // Frozen between begin and call: it wakes when send_before has passed, or never.
      if (random.chance(0.8))
        sleep(
          reportOf(
            row.id,
            attemptNo,
            'dispatch',
            { kind: 'unknown', sent: false, rawStatus: '<send_before passed>' },
            sendBefore,
          ),
          400,
        );
      return;
    }
    const answer = book.send(orderOf(instruction), 0, sendBefore.getTime() + WINDOW_MS);
    const report = reportOf(row.id, attemptNo, 'dispatch', answer, sendBefore);
    if (fate === 'late') sleep(report, 250);
    if (fate === 'answered') record(report);
  }

  const reportOf = (
    transactionId: TransactionId,
    attemptNo: number,
    source: OutcomeReport['source'],
    answer: OutcomeReport['answer'],
    sendBefore?: Date,
  ): OutcomeReport => ({
    transactionId,
    attemptNo,
    source,
    askedAt: now,
    answer,
    recheckSuccessMs: RECHECK_MS,
    ...(sendBefore === undefined ? {} : { sendBefore }),
  });

  function ask(row: LockedTransaction, isSure = false): void {
    const attempt = attempts.get(row.id)?.at(-1);
    if (attempt === undefined || row.postedCount < row.effectCount) return;
    put({
      ...row,
      nextPollAt: addMs(now, 30_000),
      askedForAt: null,
      driveNo: row.driveNo + 1,
      pollNo: row.pollNo + 1,
    });
    const answer = book.inquire({
      ourReference: attempt.instruction.ourReference,
      ...(row.providerReference === null ? {} : { providerReference: row.providerReference }),
    });
    journal.note(`ask ${facts.get(row.id)!.label}: ${answer.kind} (${answer.rawStatus})`);
    const report = { ...reportOf(row.id, row.attemptNo, 'poll', answer), driveNo: row.driveNo + 1 };
    if (!isSure && random.chance(0.15)) {
      sleep(report, 250);
      return;
    }
    record(report);
    if (answer.kind !== 'not_found' || now <= attempt.sendBefore) return;
    attempt.notFound += 1;
    const current = world.transactions.get(row.id)!;
    if (
      attempt.notFound >= 3 &&
      now.getTime() >= attempt.sendBefore.getTime() + WINDOW_MS &&
      current.state === 'dispatched' &&
      current.outcome === null &&
      current.attemptNo === row.attemptNo
    ) {
      if (kindOf(row.id) === 'withdrawal')
        record(
          reportOf(row.id, row.attemptNo, 'poll', {
            kind: 'failed',
            sent: true,
            rawStatus: 'not_found',
            rawReason: 'not_found_after_window',
          }),
        );
      else repeat(current, attempt, isSure);
    }
  }

  function repeat(row: LockedTransaction, attempt: Attempt, isSure: boolean): void {
    const sendBefore = addMs(now, 20_000);
    Object.assign(attempt, { sendBefore, sendCount: attempt.sendCount + 1, notFound: 0 });
    put({ ...row, sendBefore });
    const answer = certainOnly(
      book.send(orderOf(attempt.instruction), attempt.sendCount, sendBefore.getTime() + WINDOW_MS),
    );
    journal.note(`repeat ${facts.get(row.id)!.label}: ${answer.kind} (${answer.rawStatus})`);
    const report = reportOf(row.id, row.attemptNo, 'poll', answer);
    if (!isSure && random.chance(0.15)) sleep(report, 250);
    else record(report);
  }

  function record(report: OutcomeReport): void {
    const before = world.transactions.get(report.transactionId)!;
    const { recorded, result, effectSeq } = recordOne(before, report, now);
    put(result.row);
    if (effectSeq !== null) {
      const { providerFeePaise = 0n, providerTaxPaise = 0n } = report.answer as {
        providerFeePaise?: bigint;
        providerTaxPaise?: bigint;
      };
      const list = effects.get(before.id) ?? [];
      assert.equal(effectSeq, list.length + 1);
      effects.set(before.id, [
        ...list,
        { effect: recorded.effect!, fees: { providerFeePaise, providerTaxPaise } },
      ]);
    }
    if (recorded.caseKind !== undefined) raise(before.id, recorded.caseKind);
    journal.note(
      `record ${facts.get(before.id)!.label} ${report.source} ${report.answer.kind}: ` +
        `${recorded.decision}${recorded.effect === undefined ? '' : ` ${recorded.effect}`}, ` +
        result.row.state,
    );
  }

  /** A customer comes for the money of a transfer that failed. */
  function consent(): void {
    const [row] = random.some(
      rowsIn('refund_pending').filter((t) => t.postedCount === t.effectCount && t.providerReference !== null),
      1,
    );
    if (row === undefined) return;
    const report = reportOf(row.id, row.attemptNo, 'refund', book.refund(row.providerReference!));
    journal.note(`consent ${facts.get(row.id)!.label}: ${report.answer.kind}`);
    if (random.chance(0.15)) sleep(report, 250);
    else record(report);
  }

  function recordLate(): void {
    const [one] = random.some(
      late.filter((l) => book.calm || l.wakesAt <= steps),
      1,
    );
    if (one === undefined) return;
    late = late.filter((l) => l !== one);
    record(one.report);
  }

  function hear(): void {
    if (book.letters.length === 0) return;
    const at = random.below(book.letters.length);
    const letter = book.letters[at]!;
    if (book.calm || !random.chance(0.15)) book.letters.splice(at, 1);
    const check = checkCallback(letter.headers);
    if (check.verdict === 'forged' || letter.what === 'garbage') return;
    const parsed = parseCallback(letter.raw);
    const id = [...attempts].find(([, list]) =>
      list.some((a) => a.instruction.ourReference === parsed.target!.ourReference),
    )?.[0];
    const row = id === undefined ? undefined : world.transactions.get(id);
    if (row === undefined || id === undefined) return;
    journal.note(`hear ${letter.what} (${check.verdict})`);
    const attemptNo =
      attempts.get(id)!.findIndex((a) => a.instruction.ourReference === parsed.target!.ourReference) + 1;
    if (check.verdict === 'signed') {
      const report = reportOf(transactionId(id), attemptNo, 'callback', parsed.outcome!);
      if (!book.calm && random.chance(0.2)) sleep(report, 100);
      else record(report);
    } else if (row.state !== 'held' && row.state !== 'accepted')
      put({ ...row, nextPollAt: now, askedForAt: now, spokenOfAttempt: row.attemptNo });
  }

  function passTime(ms: number): void {
    book.passTime(now.getTime() + ms);
    now = addMs(now, ms);
    journal.note(`clock ${now.toISOString()}`);
  }

  const poll = (): void => {
    const due = [...m.world.transactions.values()].filter((t) => t.nextPollAt !== null && t.nextPollAt <= now);
    for (const row of random.some(due, 3)) ask(row);
  };
  const OPERATIONS = {
    accept: [6, accept],
    post: [28, post],
    send: [12, send],
    poll: [14, poll],
    hear: [10, hear],
    late: [8, recordLate],
    consent: [3, consent],
    stir: [
      9,
      () => {
        const what = book.stir();
        if (what !== undefined) journal.note(`provider: ${what}`);
      },
    ],
    clock: [
      14,
      () => {
        passTime(
          {
            seconds: () => random.below(8_000),
            moment: () => 10_000 + random.below(30_000),
            minutes: () => MINUTE + random.below(6 * MINUTE),
            quarter: () => WINDOW_MS + random.below(10 * MINUTE),
            day: () => 86_400_000,
          }[random.weighted({ seconds: 60, moment: 25, minutes: 10, quarter: 4, day: 1 })](),
        );
      },
    ],
  } as const;
  const WEIGHTS = Object.fromEntries(
    Object.entries(OPERATIONS).map(([name, [weight]]) => [name, weight]),
  ) as Record<keyof typeof OPERATIONS, number>;

  // Checks

  /** Is its hold neither settled nor given back? */
  function isOnClearing(row: LockedTransaction): boolean {
    return (
      ON_CLEARING.has(row.state) ||
      (row.state === 'in_review' &&
        !(effects.get(row.id) ?? []).slice(0, row.postedCount).some((e) => e.effect === 'failure'))
    );
  }

  function checkRow(t: LockedTransaction): void {
    assert.ok(t.postedCount <= t.effectCount && t.effectCount <= t.outcomeCount, 'counts in order');
    assert.equal(t.effectCount, effects.get(t.id)?.length ?? 0, 'effects');
    assert.equal(t.outcome === null, t.effectCount === 0, 'an outcome is an effect');
    assert.equal(
      t.state === 'accepted' || t.state === 'held' || t.postedCount < t.effectCount,
      t.dueAt !== null,
      `due of ${t.state}`,
    );
    assert.ok(t.state !== 'dispatched' || t.nextPollAt !== null, 'dispatched is polled');
    assert.ok(
      t.nextPollAt === null || (t.state !== 'accepted' && t.state !== 'held'),
      'not polled before it is sent',
    );
    assert.ok(t.askedForAt === null || t.nextPollAt !== null, 'what was asked for is asked');
    assert.equal(FINAL.has(t.state), t.finishedAt !== null, `finished ${t.state}`);
    const last = effects.get(t.id)?.[t.postedCount - 1]?.effect;
    if (t.state === 'succeeded') assert.ok(last === 'success' || last === 'refund_withdrawn');
    checkMoney(t);
    if (t.state === 'failed' && t.attemptNo > 0 && t.postedCount === 0)
      assert.equal(
        t.statusReason,
        kindOf(t.id) === 'withdrawal' ? 'TRANSACTION_NOT_SENT' : 'TRANSACTION_EXPIRED',
        'P5 failed without a definite word',
      );
  }

  /** Once for each version of a row: what it has moved so far is what its state says. */
  function checkMoney(t: LockedTransaction): void {
    if (checked.has(t)) return; // a row is never changed, but replaced
    checked.add(t);
    const known = (effects.get(t.id) ?? []).slice(0, t.postedCount);
    moneyIsRight(
      t.state,
      known,
      facts.get(t.id)!,
      journalsOf(t).flatMap((id) => world.journals.get(id) ?? []),
      ACCOUNTS,
    );
  }

  const journalsOf = (t: LockedTransaction): string[] => [
    journalId(t.id, 'hold', 0),
    journalId(t.id, 'release', 0),
    ...Array.from({ length: t.postedCount }, (_, i) => journalId(t.id, 'effect', i + 1)),
  ];

  function check(): void {
    const total = [...m.world.accounts.keys()].reduce((sum, id) => sum + naiveBalance(world, id), 0n);
    assert.equal(total, 0n, 'P1 sum');
    for (const id of FLOORED) assert.ok(naiveBalance(world, id) >= 0n, `P2 floor of ${id}`);
    let [onClearing, payable, reserved] = [0n, 0n, 0n];
    for (const row of world.transactions.values()) {
      checkRow(row);
      const f = facts.get(row.id)!;
      if (f.kind === 'withdrawal') continue;
      if (isOnClearing(row)) onClearing += totalOf(f);
      if (row.state === 'refund_pending') payable += totalOf(f);
      if (isOnClearing(row) || row.state === 'refund_pending' || row.state === 'succeeded')
        reserved += f.amountPaise;
    }
    assert.equal(naiveBalance(world, ACCOUNTS.clearing), onClearing, 'clearing holds what is open');
    assert.equal(
      naiveBalance(world, ACCOUNTS.refundPayable),
      payable,
      'what is payable waits for its customers',
    );
    assert.equal(
      world.limits.get('day')?.usedPaise ?? 0n,
      reserved,
      'the counter holds what was not given back',
    );
    assert.deepEqual(book.problems(), []);
  }

  function calmDown(): void {
    book.calm = true;
    while (late.length > 0) recordLate();
    book.finish();
    for (let round = 0; round < 40; round++) {
      while (book.letters.length > 0) hear();
      for (const row of rowsIn('accepted')) postBatch([hold(row.id)]);
      for (const row of rowsIn('held')) if (isToRelease(row)) postBatch([release(row.id)]);
      while (rowsIn('held').some((t) => !isToRelease(t))) send();
      while (late.length > 0) recordLate();
      for (const [id] of effects)
        for (
          let row = world.transactions.get(id)!;
          row.postedCount < row.effectCount;
          row = world.transactions.get(id)!
        )
          postBatch([settle(transactionId(id), row.postedCount + 1)!]);
      for (const row of [...m.world.transactions.values()].filter((t) => t.nextPollAt !== null))
        ask(world.transactions.get(row.id)!, true);
      book.finish();
      passTime(round < 10 ? 10 * MINUTE : 86_400_000);
    }
    world = copyWorld(world);
  }

  return {
    book,
    check,
    calmDown,
    step() {
      steps += 1;
      OPERATIONS[random.weighted(WEIGHTS)][1]();
    },
    endings: () =>
      [...m.world.transactions.values()].map((t) => ({
        label: facts.get(t.id)!.label,
        state: t.state,
        hasCase: cases.has(t.id),
      })),
  };
}
