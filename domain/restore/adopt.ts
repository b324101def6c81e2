import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { addMs } from '../../platform/clock';
import { openCases, transactionCase } from '../cases/cases';
import { insertAttempts, namesOfAttempt, type Attempt } from '../dispatch/attempts';
import { beginAttempt, roadFound } from '../lifecycle/drives';
import type { Due } from '../lifecycle/due';
import {
  applyChange,
  lockTransactionsForUpdate,
  writeChanges,
  type LockedTransaction,
} from '../lifecycle/moves';
import type { Found, RestoreAskerDependencies, Said } from './asking';
import { putOff, type Question } from './questions';
import { answerQuestion, type OpenRestore } from './restores';

/** The hash of no body: what was sent is not known any more, so it is never repeated (`repeat_differs`). */
const UNKNOWN_BODY = createHash('sha256').update('an attempt that a restore lost').digest();

/**
 * Writes down an attempt that the provider knows and the restored books do not, and records its outcome. The
 * money is held first where it was not; if it cannot be held now, a case is opened and nothing else happens:
 * what was paid is never called failed.
 */
export async function adopt(
  deps: RestoreAskerDependencies,
  open: OpenRestore,
  question: Question,
  { found, said }: { found: Found; said: readonly Said[] },
): Promise<Due[]> {
  const { transactionId, state } = question;
  const { provider } = found;
  const policy = deps.policies.provider(provider);
  if (state === 'accepted' && !(await deps.holds.holdFound(transactionId))) {
    const now = deps.clock.now();
    const summary = 'the provider has paid it, and the money or the limit for it is short after the restore';
    await openCases(deps.knex, deps.ids, [transactionCase('restore_not_held', transactionId, summary)], now);
    await putOff(deps.knex, open, question, {
      until: addMs(now, policy.pollScheduleMs.at(-1)!),
      notFound: false,
    });
    return [];
  }
  const now = deps.clock.now();
  const nextPollAt = addMs(now, policy.pollScheduleMs[0]!);
  const isAdopted = await deps.knex.transaction(async (trx) => {
    const row = (await lockTransactionsForUpdate(trx, [transactionId])).get(transactionId);
    if (row !== undefined && row.provider !== provider && mayTake(row, found.attemptNo))
      await roadFound(trx, { id: transactionId, restoreId: open.id, to: provider, from: row.provider });
    if (
      row === undefined ||
      !(await answerQuestion(trx, { restoreId: open.id, transactionId, answer: 'found', now }))
    )
      return false;
    const after = (await lockTransactionsForUpdate(trx, [transactionId])).get(transactionId)!;
    return writeAttempt(trx, after, {
      attemptNo: found.attemptNo,
      said,
      provider,
      sendBefore: open.begunAt,
      nextPollAt,
      now,
    });
  });
  if (!isAdopted) {
    const summary = `the provider knows ${found.ourReference} (${found.answer.kind}), and the transaction has gone on without it`;
    await openCases(deps.knex, deps.ids, [transactionCase('restore_conflict', transactionId, summary)], now);
    return [];
  }
  const { due } = await deps.recorder.record({
    transactionId,
    attemptNo: found.attemptNo,
    source: 'poll',
    askedAt: found.askedAt,
    answer: found.answer,
    recheckSuccessMs: policy.recheckSuccessMs,
    nextPollAt,
  });
  return due === undefined ? [] : [due];
}

interface Lost {
  attemptNo: number;
  said: readonly Said[];
  provider: string;
  sendBefore: Date;
  nextPollAt: Date;
  now: Date;
}

function mayTake(row: LockedTransaction, attemptNo: number): boolean {
  return row.outcome === null && row.attemptNo < attemptNo;
}

/**
 * held (or dispatched under an earlier attempt) -> dispatched under the attempt that was found. The attempts
 * before it were made too, and the provider has none of them.
 */
async function writeAttempt(
  trx: Knex.Transaction,
  row: LockedTransaction,
  { attemptNo, said, provider, sendBefore, nextPollAt, now }: Lost,
): Promise<boolean> {
  if (!mayTake(row, attemptNo)) return false;
  const actor = 'restore';
  let held = row;
  if (row.state === 'dispatched') {
    const set = {
      nextPollAt: null,
      askedForAt: null,
      sendBefore: null,
      dueAt: now,
      driveNo: row.driveNo + 1,
    };
    const back = applyChange(row, { to: 'held', actor, reason: 'later_attempt_found', set });
    await writeChanges(trx, [back], now);
    held = back.row;
  }
  if (held.state !== 'held') return false;
  const begun = applyChange(held, beginAttempt(held, { actor, sendBefore, nextPollAt, attemptNo }));
  await writeChanges(trx, [begun], now);
  const attempts = lostAttempts(said, { after: row.attemptNo, upTo: attemptNo, provider }).map(
    (one): Attempt => ({
      transactionId: row.id,
      attemptNo: one.attemptNo,
      provider: one.provider,
      route: null,
      ourReference: one.ourReference,
      idempotencyKey: namesOfAttempt(row.id, one.attemptNo).idempotencyKey,
      refs: {},
      bodyHash: UNKNOWN_BODY,
      sendBefore,
      sendCount: 1,
      createdAt: now,
    }),
  );
  await insertAttempts(trx, attempts);
  return true;
}

/**
 * One for each number. By whom an attempt went that nobody has is not known any more: it is written down as one of the
 * provider that has the last.
 */
function lostAttempts(
  said: readonly Said[],
  { after, upTo, provider }: { after: number; upTo: number; provider: string },
): Said[] {
  const likelihood = (one: Said): number => {
    const isThere = one.attemptNo < upTo && one.answer.kind !== 'not_found';
    return (isThere ? 2 : 0) + (one.provider === provider ? 1 : 0);
  };
  const lost = new Map<number, Said>();
  for (const one of said) {
    if (one.attemptNo <= after || one.attemptNo > upTo) continue;
    const known = lost.get(one.attemptNo);
    if (known === undefined || likelihood(one) > likelihood(known)) lost.set(one.attemptNo, one);
  }
  return [...lost.values()];
}
