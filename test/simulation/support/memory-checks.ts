/** What must hold of the platform in memory after every step. */
import assert from 'node:assert/strict';
import { journalId } from '../../../domain/ledger/journal';
import { type LockedTransaction } from '../../../domain/lifecycle/moves';
import { naiveBalance } from '../../support/naive-ledger';
import { moneyIsRight } from './money';
import { type ProviderBook } from './provider-book';
import { ACCOUNTS, FINAL, FLOORED, ON_CLEARING, totalOf, type MemoryState } from './memory-state';

/** Throws AssertionError with what does not hold. */
export function createMemoryChecks(m: MemoryState, book: ProviderBook): () => void {
  const { facts, effects } = m;
  const checked = new WeakSet<LockedTransaction>();
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
    if (t.state !== 'in_review')
      assert.equal(FINAL.has(t.state), t.finishedAt !== null, `finished ${t.state}`);
    const last = effects.get(t.id)?.[t.postedCount - 1]?.effect;
    if (t.state === 'succeeded') assert.ok(last === 'success' || last === 'refund_withdrawn');
    checkMoney(t);
    if (t.state === 'failed' && t.attemptNo > 0 && t.postedCount === 0)
      assert.equal(
        t.statusReason,
        facts.get(t.id)!.kind === 'withdrawal' ? 'TRANSACTION_NOT_SENT' : 'TRANSACTION_EXPIRED',
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
      facts.get(t.id)!,
      { posted: known, transfers: journalsOf(t).flatMap((id) => m.world.journals.get(id) ?? []) },
      ACCOUNTS,
    );
  }

  const journalsOf = (t: LockedTransaction): string[] => [
    journalId(t.id, 'hold', 0),
    journalId(t.id, 'release', 0),
    ...Array.from({ length: t.postedCount }, (_, i) => journalId(t.id, 'effect', i + 1)),
  ];

  function check(): void {
    const total = [...m.world.accounts.keys()].reduce((sum, id) => sum + naiveBalance(m.world, id), 0n);
    assert.equal(total, 0n, 'P1 sum');
    for (const id of FLOORED) assert.ok(naiveBalance(m.world, id) >= 0n, `P2 floor of ${id}`);
    let [onClearing, payable, reserved] = [0n, 0n, 0n];
    for (const row of m.world.transactions.values()) {
      checkRow(row);
      const f = facts.get(row.id)!;
      if (f.kind === 'withdrawal') continue;
      if (isOnClearing(row)) onClearing += totalOf(f);
      if (row.state === 'refund_pending') payable += totalOf(f);
      if (isOnClearing(row) || row.state === 'refund_pending' || row.state === 'succeeded')
        reserved += f.amountPaise;
    }
    assert.equal(naiveBalance(m.world, ACCOUNTS.clearing), onClearing, 'clearing holds what is open');
    assert.equal(
      naiveBalance(m.world, ACCOUNTS.refundPayable),
      payable,
      'what is payable waits for its customers',
    );
    assert.equal(
      m.world.limits.get('day')?.usedPaise ?? 0n,
      reserved,
      'the counter holds what was not given back',
    );
    assert.deepEqual(book.problems(), []);
  }

  return check;
}
