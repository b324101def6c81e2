/**
 * The platform in memory: the same pure functions that production calls under its locks (applyPostings,
 * recordOne, applyChange, the recipes), around them the plainest possible database, and beside every batch of
 * postings the naive ledger, which must come to the same. Thousands of steps a second, so that rare orders
 * are met.
 */
import { transactionId, type TransactionId } from '../../../domain/ids/ids';
import assert from 'node:assert/strict';
import { applyPostings, type Posting } from '../../../domain/ledger/apply';
import { type Transfer } from '../../../domain/ledger/journal';
import { beginAttempt } from '../../../domain/lifecycle/drives';
import type { State } from '../../../domain/lifecycle/lifecycle';
import { applyChange, type LockedTransaction } from '../../../domain/lifecycle/moves';
import { recordOne, type OutcomeReport } from '../../../domain/lifecycle/record-outcome';
import { NO_EARNINGS } from '../../../domain/posting/commission';
import { certainOnly } from '../../../domain/provider/answers';
import type { PayoutInstruction } from '../../../domain/payouts/port';
import { addMs } from '../../../platform/clock';
import { percentOf } from '../../../platform/money';
import { copyWorld, naiveBalance, postNaively, snapshotOf } from '../../support/naive-ledger';
import { lockedRow } from '../../support/rows';
import { checkCallback, parseCallback, prepare } from '../../support/scripted-connector';
import { type Kind } from './money';
import { createProviderBook, type Order, type ProviderBook } from './provider-book';
import type { Journal, Random } from './random';
import {
  AGENT_WALLETS,
  ANSWER_WITHIN_MS,
  MINUTE,
  RECHECK_MS,
  WALLETS,
  WINDOW_MS,
  createMemoryState,
  type Attempt,
} from './memory-state';
import { createMemoryChecks } from './memory-checks';
import { createMemoryPostings } from './memory-postings';
export interface MemoryWorld {
  book: ProviderBook;
  step(): void;
  check(): void;
  /** Drives everything to its end. */
  calmDown(): void;
  endings(): { label: string; state: State; hasCase: boolean }[];
}

/** One percent of the amount, and 2 % of that as TDS. */
function commissionOn(amountPaise: bigint): { commissionPaise: bigint; tdsPaise: bigint } {
  const commissionPaise = percentOf(amountPaise, 100n, 'half-up');
  return { commissionPaise, tdsPaise: percentOf(commissionPaise, 200n, 'half-up') };
}

export function createMemoryWorld(random: Random, journal: Journal): MemoryWorld {
  const m = createMemoryState();
  const { facts, attempts, effects, cases, seen } = m;
  const { hold, release, settle, funding, again } = createMemoryPostings(m, random);
  let late: { report: OutcomeReport; wakesAt: number }[] = []; // what processes know that sleep before they write it down
  let steps = 0;
  const sleep = (report: OutcomeReport, most: number): void => {
    late.push({ report, wakesAt: steps + random.below(random.chance(0.5) ? 20 : most) });
  };
  const kindOf = (id: string): Kind => facts.get(id)!.kind;
  const kindOfLabel = (label: string): Kind => kindOf([...facts].find(([, f]) => f.label === label)![0]);
  const short = new Set<string>(); // failed for our balance at least once: they do not expire
  const book = createProviderBook(random, () => m.now.getTime(), {
    isRefundable: (label) => kindOfLabel(label) === 'transfer',
    mayBeShort: (label) => kindOfLabel(label) === 'payout',
  });
  const check = createMemoryChecks(m, book);
  const orderOf = (i: PayoutInstruction): Order => ({ ...i, label: i.narration!, body: prepare(i).body });
  const rowsIn = (...states: State[]): LockedTransaction[] =>
    [...m.world.transactions.values()].filter((t) => states.includes(t.state));
  const put = (row: LockedTransaction): void => {
    m.world.transactions.set(row.id, row);
  };
  const raise = (id: string, kind: string): void => {
    cases.set(id, (cases.get(id) ?? new Set()).add(kind));
  };

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
              Math.max(1, m.world.transactions.get(id)!.postedCount + (random.chance(0.9) ? 1 : 0)),
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
    const written = applyPostings(snapshotOf(m.world), batch);
    const refused = new Map<string, { transfers: readonly Transfer[]; code: string }>();
    let naive = m.world;
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
    const stated = new Map(
      written.transfers.flatMap((t) => [
        [t.debitAccountId, t.debitBalanceAfter] as const,
        [t.creditAccountId, t.creditBalanceAfter] as const,
      ]),
    );
    for (const [id, balance] of stated) assert.equal(balance, naiveBalance(naive, id), `account ${id}`);
    for (const c of written.changes) assert.deepEqual(c.row, naive.transactions.get(c.row.id));
    assert.equal(
      written.transfers.length,
      [...naive.journals].filter(([id]) => !m.world.journals.has(id)).flatMap(([, t]) => t).length,
    );
    if (random.chance(0.05)) {
      journal.note('the process died before its commit');
      return;
    }
    m.world = naive;
    batch.forEach((p, i) => {
      if (results[i] === 'posted' && p.journal !== undefined) seen.push({ journal: p.journal });
    });
  }

  // Sending and asking

  const isToRelease = (row: LockedTransaction): boolean =>
    (row.expiresAt <= m.now && !short.has(row.id)) || kindOf(row.id) === 'withdrawal';

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
      earned: kind === 'payout' ? NO_EARNINGS : { ...NO_EARNINGS, ...commissionOn(amountPaise) },
      label: `sim${n}`,
    });
    const row = lockedRow({
      id,
      amountPaise,
      chargePaise: kind === 'transfer' ? 1_000n : 0n,
      dueAt: addMs(m.now, 10_000),
      expiresAt: addMs(m.now, 30 * MINUTE),
      answerBefore: isWithdrawal ? addMs(m.now, ANSWER_WITHIN_MS) : null,
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
    const sendBefore = addMs(m.now, 20_000);
    put(
      applyChange(row, beginAttempt(row, { actor: 'send', sendBefore, nextPollAt: addMs(m.now, 15_000) }))
        .row,
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
            { id: row.id, attemptNo },
            'dispatch',
            { kind: 'unknown', sent: false, rawStatus: '<send_before passed>' },
            sendBefore,
          ),
          400,
        );
      return;
    }
    const answer = book.send(orderOf(instruction), 0, sendBefore.getTime() + WINDOW_MS);
    const report = reportOf({ id: row.id, attemptNo }, 'dispatch', answer, sendBefore);
    if (fate === 'late') sleep(report, 250);
    if (fate === 'answered') record(report);
  }

  const reportOf = (
    { id, attemptNo }: { id: TransactionId; attemptNo: number },
    source: OutcomeReport['source'],
    answer: OutcomeReport['answer'],
    sendBefore?: Date,
  ): OutcomeReport => ({
    transactionId: id,
    attemptNo,
    source,
    askedAt: m.now,
    answer,
    recheckSuccessMs: RECHECK_MS,
    ...(sendBefore === undefined ? {} : { sendBefore }),
  });

  function ask(row: LockedTransaction, isSure = false): void {
    const attempt = attempts.get(row.id)?.at(-1);
    if (attempt === undefined || row.postedCount < row.effectCount) return;
    put({
      ...row,
      nextPollAt: addMs(m.now, 30_000),
      askedForAt: null,
      driveNo: row.driveNo + 1,
      pollNo: row.pollNo + 1,
    });
    const answer = book.inquire({
      ourReference: attempt.instruction.ourReference,
      ...(row.providerReference === null ? {} : { providerReference: row.providerReference }),
    });
    journal.note(`ask ${facts.get(row.id)!.label}: ${answer.kind} (${answer.rawStatus})`);
    const report = { ...reportOf(row, 'poll', answer), driveNo: row.driveNo + 1 };
    if (!isSure && random.chance(0.15)) {
      sleep(report, 250);
      return;
    }
    record(report);
    if (answer.kind !== 'not_found' || m.now <= attempt.sendBefore) return;
    attempt.notFound += 1;
    const current = m.world.transactions.get(row.id)!;
    if (
      attempt.notFound >= 3 &&
      m.now.getTime() >= attempt.sendBefore.getTime() + WINDOW_MS &&
      current.state === 'dispatched' &&
      current.outcome === null &&
      current.attemptNo === row.attemptNo
    ) {
      if (current.spokenOfAttempt === row.attemptNo) raise(row.id, 'not_found_contradicted');
      else if (kindOf(row.id) === 'withdrawal')
        record({
          ...reportOf(row, 'poll', {
            kind: 'failed',
            sent: true,
            rawStatus: 'not_found',
            rawReason: 'not_found_after_window',
          }),
          isPresumed: true,
        });
      else repeat(current, attempt, isSure);
    }
  }

  function repeat(row: LockedTransaction, attempt: Attempt, isSure: boolean): void {
    const sendBefore = addMs(m.now, 20_000);
    Object.assign(attempt, { sendBefore, sendCount: attempt.sendCount + 1, notFound: 0 });
    put({ ...row, sendBefore });
    const answer = certainOnly(
      book.send(orderOf(attempt.instruction), attempt.sendCount, sendBefore.getTime() + WINDOW_MS),
    );
    journal.note(`repeat ${facts.get(row.id)!.label}: ${answer.kind} (${answer.rawStatus})`);
    const report = reportOf(row, 'poll', answer);
    if (!isSure && random.chance(0.15)) sleep(report, 250);
    else record(report);
  }

  function record(report: OutcomeReport): void {
    const before = m.world.transactions.get(report.transactionId)!;
    const { recorded, result, effectSeq } = recordOne(before, report, m.now);
    put(result.row);
    if (recorded.decision === 'retry') short.add(before.id);
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
    const report = reportOf(row, 'refund', book.refund(row.providerReference!));
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
    const row = id === undefined ? undefined : m.world.transactions.get(id);
    if (row === undefined || id === undefined) return;
    journal.note(`hear ${letter.what} (${check.verdict})`);
    const attemptNo =
      attempts.get(id)!.findIndex((a) => a.instruction.ourReference === parsed.target!.ourReference) + 1;
    if (check.verdict === 'signed') {
      const report = reportOf({ id: transactionId(id), attemptNo }, 'callback', parsed.outcome!);
      if (!book.calm && random.chance(0.2)) sleep(report, 100);
      else record(report);
    } else if (row.state !== 'held' && row.state !== 'accepted')
      put({ ...row, nextPollAt: m.now, askedForAt: m.now, spokenOfAttempt: row.attemptNo });
  }

  function passTime(ms: number): void {
    book.passTime(m.now.getTime() + ms);
    m.now = addMs(m.now, ms);
    journal.note(`clock ${m.now.toISOString()}`);
  }

  const poll = (): void => {
    const due = [...m.world.transactions.values()].filter(
      (t) => t.nextPollAt !== null && t.nextPollAt <= m.now,
    );
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
          let row = m.world.transactions.get(id)!;
          row.postedCount < row.effectCount;
          row = m.world.transactions.get(id)!
        )
          postBatch([settle(transactionId(id), row.postedCount + 1)!]);
      for (const row of [...m.world.transactions.values()].filter((t) => t.nextPollAt !== null))
        ask(m.world.transactions.get(row.id)!, true);
      book.finish();
      passTime(round < 10 ? 10 * MINUTE : 86_400_000);
    }
    m.world = copyWorld(m.world);
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
