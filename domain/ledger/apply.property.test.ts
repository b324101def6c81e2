/**
 * The pure apply function against a naive model, batch after batch: the same results, balances, counters and
 * rows. And its own promises: P1 what is debited is credited; P2 no account with a floor ends below it; P4 a
 * journal is written once, in a batch and across; a refusal leaves no trace.
 */
import { transactionId, accountId } from '../ids/ids';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { applyPostings, type Effects, type Posting } from './apply';
import type { Transfer } from './journal';
import type { LockedTransaction, TransactionChange } from '../lifecycle/moves';
import {
  copyWorld,
  naiveBalance,
  postNaively,
  snapshotOf,
  type NaiveWorld,
} from '../../test/support/naive-ledger';
import { lockedRow } from '../../test/support/rows';

// 1-3 wallets with a floor of zero, 4 one with credit, 5 a floor above its money, 6-7 without a floor, 8
// another currency, 9 does not exist.
const FLOORS: readonly (bigint | null)[] = [0n, 0n, 0n, -50n, 20n, null, null, null];
const TRANSACTIONS = Array.from({ length: 4 }, (_, i) =>
  transactionId(`01890a5d-ac96-774b-bcce-b3020000000${i}`),
);
const newWorld = (): NaiveWorld => ({
  accounts: new Map(
    FLOORS.map((floorPaise, i) => [
      BigInt(i + 1),
      { currency: i === 7 ? 'USD' : 'INR', floorPaise, entries: [] },
    ]),
  ),
  journals: new Map(),
  transactions: new Map(TRANSACTIONS.map((id) => [id, lockedRow({ id })])),
  limits: new Map([['old', { usedPaise: 60n, capPaise: 100n }]]),
});

const transfer: fc.Arbitrary<Transfer> = fc
  .record({
    debitAccountId: fc.oneof(
      { weight: 30, arbitrary: fc.bigInt({ min: 1n, max: 7n }) },
      { weight: 1, arbitrary: fc.constantFrom(8n, 9n) },
    ),
    step: fc.bigInt({ min: 1n, max: 6n }),
    amountPaise: fc.oneof(fc.bigInt({ min: 1n, max: 30n }), fc.bigInt({ min: 1n, max: 200n })),
    code: fc.constantFrom('a', 'b'),
  })
  .map(({ debitAccountId, step, amountPaise, code }) => ({
    debitAccountId: accountId(debitAccountId),
    creditAccountId: accountId(((debitAccountId - 1n + step) % 7n) + 1n),
    amountPaise,
    code,
  }))
  .filter((t) => t.debitAccountId !== t.creditAccountId);

interface Plan {
  id: number;
  transfers: Transfer[];
  reserve?: { key: string; amountPaise: bigint; capPaise: bigint };
  transaction?: number;
  otherwise: boolean;
  journal: boolean;
}
const plan: fc.Arbitrary<Plan> = fc.record({
  id: fc.nat(12),
  transfers: fc.array(transfer, { minLength: 1, maxLength: 4 }),
  journal: fc.oneof(
    { weight: 9, arbitrary: fc.constant(true) },
    { weight: 1, arbitrary: fc.constant(false) },
  ),
  reserve: fc.option(
    fc.record({
      key: fc.constantFrom('old', 'new', 'other'),
      amountPaise: fc.bigInt({ min: -40n, max: 60n }),
      capPaise: fc.constantFrom(40n, 100n, 100n, 200n),
    }),
    { nil: undefined, freq: 3 },
  ),
  transaction: fc.option(fc.nat(TRANSACTIONS.length), { nil: undefined, freq: 3 }),
  otherwise: fc.boolean(),
});

const change = (row: LockedTransaction, to: 'held' | 'failed'): TransactionChange | undefined =>
  row.state === 'accepted'
    ? { to, actor: 'test', reason: 'tested', set: { driveNo: row.driveNo + 1 } }
    : undefined;

/** The content of a journal hangs on its plan; sometimes two plans share an id and differ: a mismatch. */
function postingOf(p: Plan): Posting {
  const id =
    p.transaction === undefined ? undefined : (TRANSACTIONS[p.transaction] ?? transactionId('nowhere'));
  return {
    ...(p.journal ? { journal: { id: `j${p.id}`, transactionId: null, transfers: p.transfers } } : {}),
    ...(p.reserve === undefined ? {} : { reserve: p.reserve }),
    ...(id === undefined
      ? {}
      : {
          move: {
            transactionId: id,
            decide: (row) => change(row, 'held'),
            ...(p.otherwise ? { otherwise: (row) => change(row, 'failed') } : {}),
          },
        }),
  };
}

/** A transaction appears once in a call at most, as the caller sees to. */
function oncePerTransaction(postings: Posting[]): Posting[] {
  const seen = new Set<string>();
  return postings.filter(
    ({ move }) =>
      move === undefined || (!seen.has(move.transactionId) && seen.add(move.transactionId) !== undefined),
  );
}

/** Batches, with some plans taken up again in the same batch and in later ones. */
const batches = fc
  .array(plan, { minLength: 1, maxLength: 12 })
  .chain((plans) =>
    fc.array(fc.array(fc.constantFrom(...plans), { minLength: 1, maxLength: 10 }), {
      minLength: 1,
      maxLength: 5,
    }),
  )
  .map((all) => all.map((b) => oncePerTransaction(b.map(postingOf))));

const resultText = (r: Effects['results'][number]): string => (r.status === 'refused' ? r.code : r.status);

/** Adds the effects to a copy of the world, as the statements of rows.ts do. */
function write(world: NaiveWorld, effects: Effects): NaiveWorld {
  const next = copyWorld(world);
  for (const t of effects.transfers) {
    next.accounts.get(t.debitAccountId)!.entries.push(-t.amountPaise);
    next.accounts.get(t.creditAccountId)!.entries.push(t.amountPaise);
    next.journals.set(t.journalId, [
      ...(next.journals.get(t.journalId) ?? []),
      {
        debitAccountId: t.debitAccountId,
        creditAccountId: t.creditAccountId,
        amountPaise: t.amountPaise,
        code: t.code,
      },
    ]);
  }
  for (const [key, { deltaPaise, capPaise }] of effects.limits) {
    const counter = next.limits.get(key) ?? { usedPaise: 0n, capPaise: 0n };
    if (deltaPaise !== 0n)
      next.limits.set(key, {
        usedPaise: counter.usedPaise + deltaPaise,
        capPaise: capPaise ?? counter.capPaise,
      });
  }
  for (const c of effects.changes) next.transactions.set(c.row.id, c.row);
  return next;
}

function compare(batch: Posting[], world: NaiveWorld): NaiveWorld {
  const effects = applyPostings(snapshotOf(world), batch);
  let naive = world;
  const refused = new Map<string, { transfers: readonly Transfer[]; code: string }>();
  const results = batch.map((posting) => {
    const step = postNaively(naive, posting, refused);
    naive = step.world;
    return step.result;
  });
  assert.deepEqual(effects.results.map(resultText), results);
  const written = write(world, effects);
  assert.deepEqual(
    [...written.accounts].map(([id]) => naiveBalance(written, id)),
    [...naive.accounts].map(([id]) => naiveBalance(naive, id)),
  );
  assert.deepEqual(written.journals, naive.journals);
  assert.deepEqual(written.transactions, naive.transactions);
  const used = (w: NaiveWorld): Map<string, bigint> =>
    new Map([...w.limits].filter(([, l]) => l.usedPaise !== 0n).map(([key, l]) => [key, l.usedPaise]));
  assert.deepEqual(used(written), used(naive));
  check(world, effects, written);
  return written;
}

function check(before: NaiveWorld, effects: Effects, after: NaiveWorld): void {
  assert.equal(
    [...after.accounts.keys()].reduce((total, id) => total + naiveBalance(after, id), 0n),
    0n,
    'P1 the sum of all accounts',
  );
  for (const [id, { floorPaise }] of after.accounts) {
    assert.ok(
      floorPaise === null ||
        naiveBalance(after, id) >= floorPaise ||
        naiveBalance(after, id) >= naiveBalance(before, id),
      `P2 floor of ${id}`,
    );
  }
  const balance = new Map([...before.accounts.keys()].map((id) => [id, naiveBalance(before, id)]));
  for (const t of effects.transfers) {
    balance.set(t.debitAccountId, balance.get(t.debitAccountId)! - t.amountPaise);
    balance.set(t.creditAccountId, balance.get(t.creditAccountId)! + t.amountPaise);
    assert.deepEqual(
      [t.debitBalanceAfter, t.creditBalanceAfter],
      [balance.get(t.debitAccountId), balance.get(t.creditAccountId)],
      'each transfer states the balances after it',
    );
  }
  for (const [key, { usedPaise, capPaise }] of after.limits)
    assert.ok(usedPaise >= 0n && usedPaise <= capPaise, `the CHECK of ${key}`);
  assert.equal(new Set(effects.changes.map((c) => c.row.id)).size, effects.changes.length);
  const keys = effects.transfers.map((t) => `${t.journalId} ${t.line}`);
  assert.equal(new Set(keys).size, keys.length, 'P4 no line twice');
}

test('P1 P2 P4 batches on the ledger do what one posting at a time on a copy of the world does', () => {
  expect(() =>
    fc.assert(
      fc.property(batches, (all) => {
        let world = newWorld();
        for (const batch of all) world = compare(batch, world);
      }),
      { numRuns: 1_500 },
    ),
  ).not.toThrow();
});

test('where a batch is cut makes no difference to money that suffices', () => {
  const rich = fc.array(
    fc.array(
      transfer.filter((t) => t.debitAccountId < 8n),
      { minLength: 1, maxLength: 3 },
    ),
    { minLength: 1, maxLength: 20 },
  );
  expect(() =>
    fc.assert(
      fc.property(rich, fc.array(fc.nat(20)), (journals, cuts) => {
        const start = newWorld();
        for (const [id, account] of start.accounts) if (id < 8n) account.entries.push(10_000n);
        const postings = journals.map((transfers, i): Posting => ({
          journal: { id: `j${i}`, transactionId: null, transfers },
        }));
        const whole = write(start, applyPostings(snapshotOf(start), postings));
        const ends = [...new Set([...cuts.filter((c) => c < postings.length), postings.length])].toSorted(
          (a, b) => a - b,
        );
        let parts = start;
        ends.forEach((end, i) => {
          parts = write(
            parts,
            applyPostings(snapshotOf(parts), postings.slice(i === 0 ? 0 : ends[i - 1], end)),
          );
        });
        assert.deepEqual(
          [...parts.accounts].map(([id]) => naiveBalance(parts, id)),
          [...whole.accounts].map(([id]) => naiveBalance(whole, id)),
        );
      }),
    ),
  ).not.toThrow();
});

test('a refused posting leaves no trace on its neighbours: without it they get the same', () => {
  expect(() =>
    fc.assert(
      fc.property(batches, (all) => {
        const world = newWorld();
        const batch = all[0]!.filter(
          (p, i, rest) =>
            p.journal === undefined || rest.findIndex((o) => o.journal?.id === p.journal!.id) === i,
        ); // a repeat shares the fate of the first
        const effects = applyPostings(snapshotOf(world), batch);
        const kept = batch.filter((p, i) => effects.results[i]!.status !== 'refused' || p.move !== undefined);
        const again = applyPostings(snapshotOf(world), kept);
        assert.deepEqual(again.transfers, effects.transfers);
        assert.deepEqual(again.limits, effects.limits);
        assert.deepEqual(again.changes, effects.changes);
      }),
      { numRuns: 500 },
    ),
  ).not.toThrow();
});

test('P4 a whole batch posted again changes nothing', () => {
  expect(() =>
    fc.assert(
      fc.property(batches, (all) => {
        const world = newWorld();
        const batch = all[0]!.filter((p) => p.journal !== undefined);
        const once = applyPostings(snapshotOf(world), batch);
        const posted = batch.filter((_, i) => once.results[i]!.status !== 'refused');
        const again = applyPostings(snapshotOf(write(world, once)), posted);
        assert.deepEqual(
          again.results.map(resultText),
          posted.map(() => 'repeat'),
        );
        assert.deepEqual([again.transfers, again.changes, [...again.limits]], [[], [], []]);
      }),
      { numRuns: 500 },
    ),
  ).not.toThrow();
});

test('a move that the lifecycle does not have is an error of the whole call, not a wrong row', () => {
  const world = newWorld();
  const posting: Posting = {
    move: {
      transactionId: TRANSACTIONS[0]!,
      decide: () => ({ to: 'succeeded', actor: 'test', reason: 'wrong', set: {} }),
    },
  };
  expect(() => applyPostings(snapshotOf(world), [posting])).toThrow(
    expect.objectContaining({ code: 'TRANSACTION_MOVE_REFUSED' }),
  );
});
