import type { BookedPayment } from './provider-book';
import { runSeed } from './random';

export const SEED = runSeed();

/** What is told when something broke: how to see it again, and how it came to it. */
export function story(journal: { text(): string }, step: number, problems: readonly string[]): string {
  return [
    `SIM_SEED=${SEED}, step ${step}`,
    ...problems.slice(0, 10),
    '--- the last 40 operations',
    journal.text(),
  ].join('\n');
}

/** Does a transaction end as the provider's book says, or as a case? */
export function endingProblem(
  t: { label: string; state: string; cases: readonly string[] },
  book: readonly BookedPayment[],
): string[] {
  const payouts = book.filter((p) => p.label === t.label);
  const paid = payouts.filter((p) => p.status === 'processed').length;
  const isRight =
    {
      succeeded: paid === 1,
      failed: paid === 0,
      reversed: paid === 0 && payouts.some((p) => p.status === 'reversed'),
      refunded: paid === 0 && payouts.some((p) => p.status === 'refunded'),
      refund_pending: payouts.some((p) => p.status === 'refund_pending') || t.cases.length > 0,
      in_review: t.cases.length > 0,
      dispatched: t.cases.length > 0,
    }[t.state] ?? false;
  if (isRight) return [];
  const inBook = payouts.map((p) => `${p.id} ${p.status}`).join(', ') || 'nothing';
  return [
    `${t.label} ended ${t.state} with cases (${t.cases.join(', ')}), the provider's book says ${inBook}`,
  ];
}
