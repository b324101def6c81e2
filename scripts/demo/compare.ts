import { formatRupees } from '../../platform/money';
import type { OurTransaction } from './our-rows';
import type { PushedPayout } from './push';
import type { BookPayout } from './sandbox-book';
import type { DemoScenario, FinalStatus } from './scenarios';

/**
 * What must be true of a payout that has ended, by three witnesses: the API, our tables, the provider's own
 * book. Pure; problems are sentences.
 */

const STATE_OF: Readonly<Record<FinalStatus, string>> = {
  SUCCESS: 'succeeded',
  FAILED: 'failed',
  REVERSED: 'reversed',
};
const AT_PROVIDER: Readonly<Record<FinalStatus, string>> = {
  SUCCESS: 'processed',
  FAILED: 'failed',
  REVERSED: 'reversed',
};

/** Did the payout end as its scenario says? */
export function endProblems(pushed: PushedPayout): string[] {
  if (pushed.problem !== undefined) return [pushed.problem];
  return pushed.status === pushed.planned.scenario.endsAs
    ? []
    : [`ended as ${pushed.status}, not as ${pushed.planned.scenario.endsAs}`];
}

/**
 * Does the provider's book say the same of a transaction as our tables? `payouts` are those of the book under
 * any of its references or keys.
 */
export function bookProblems(
  scenario: DemoScenario,
  ours: OurTransaction,
  payouts: readonly BookPayout[],
): string[] {
  const problems: string[] = [];
  const expect = (holds: boolean, problem: string): void => {
    if (!holds) problems.push(problem);
  };
  const netPaise = payouts.reduce((sum, p) => sum + p.netDebitPaise, 0n);
  const isPaid = ours.state === 'succeeded';

  expect(ours.state === STATE_OF[scenario.endsAs], `its row says ${ours.state}`);
  expect(payouts.length === 1, `the provider has ${payouts.length} payouts for it`);
  expect(
    payouts.filter((p) => p.netDebitPaise !== 0n).length === (isPaid ? 1 : 0),
    `the provider kept money for ${payouts.filter((p) => p.netDebitPaise !== 0n).length} payouts`,
  );
  expect(
    netPaise === ours.floatNetPaise,
    `the provider took ${formatRupees(netPaise)}, our float gave ${formatRupees(ours.floatNetPaise)}`,
  );
  expect(
    (ours.walletNetPaise === 0n) === !isPaid,
    `its wallet is ${formatRupees(ours.walletNetPaise)} short`,
  );
  expect(
    ours.effectsPosted === (scenario.endsAs === 'REVERSED' ? 2 : 1),
    `${ours.effectsPosted} effects were posted`,
  );
  for (const p of payouts) {
    const attempt = ours.attempts.find((a) => a.ourReference === p.reference);
    expect(
      p.amountPaise === ours.amountPaise,
      `the provider has ${formatRupees(p.amountPaise)} instead of ${formatRupees(ours.amountPaise)}`,
    );
    expect(p.status === AT_PROVIDER[scenario.endsAs], `the provider says ${p.status}`);
    expect(
      attempt?.idempotencyKey === p.idempotencyKey,
      'the provider has a key that its attempt does not have',
    );
    expect(
      p.bodyHashes.every((hash) => hash === attempt?.bodyHash),
      'the provider saw other bytes than its attempt was written with',
    );
    expect(
      p.requestsSeen === scenario.requests,
      `the provider saw ${p.requestsSeen} requests, expected ${scenario.requests}`,
    );
  }
  return problems;
}

/**
 * Payouts of the book by the transaction they are for: by reference, or by key where the reference is
 * another's.
 */
export function payoutsByTransaction(
  ours: readonly OurTransaction[],
  payouts: readonly BookPayout[],
): { of: Map<string, BookPayout[]>; others: BookPayout[] } {
  const owner = new Map<string, string>();
  for (const t of ours) {
    for (const a of t.attempts) owner.set(a.ourReference, t.id).set(a.idempotencyKey, t.id);
  }
  const of = new Map<string, BookPayout[]>(ours.map((t) => [t.id, []]));
  const others: BookPayout[] = [];
  for (const p of payouts) {
    const id = owner.get(p.reference ?? '') ?? owner.get(p.idempotencyKey);
    if (id === undefined) others.push(p);
    else of.get(id)!.push(p);
  }
  return { of, others };
}

/** The value below which `share` (0 to 1) of the numbers lie; undefined of none. */
export function quantile(numbers: readonly number[], share: number): number | undefined {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
