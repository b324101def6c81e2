import type { Cell } from 'cli-table3';
import { formatRupees } from '../../platform/money';
import { paint, plainTable } from '../verify/terminal';
import { endProblems, quantile } from './compare';
import type { FloatCheck } from './float';
import type { OurTransaction, TrialBalanceLine } from './our-rows';
import type { PushedPayout } from './push';
import { SCENARIOS } from './scenarios';

/** One line a scenario: how many, how they ended, how long that took, and who brought the news. */
export function scenarioTable(
  pushed: readonly PushedPayout[],
  ours: ReadonlyMap<string, OurTransaction>,
): string {
  const rows: Cell[][] = [];
  for (const scenario of SCENARIOS) {
    const some = pushed.filter((p) => p.planned.scenario === scenario);
    if (some.length === 0) continue;
    const wrong = some.filter((p) => endProblems(p).length > 0).length;
    const times = some.flatMap((p) => p.toFinalMs ?? []);
    rows.push([
      `…${scenario.ending}`,
      scenario.what,
      some.length,
      counted(some.map((p) => p.status)),
      wrong === 0 ? paint.green('as expected') : paint.red(`${wrong} not ${scenario.endsAs}`),
      seconds(quantile(times, 0.5)),
      seconds(quantile(times, 0.99)),
      counted(some.map((p) => ours.get(p.id ?? '')?.decidedBy ?? 'nobody')),
    ]);
  }
  return plainTable(
    ['account', 'the provider', 'payouts', 'ended as', '', 'median', 'p99', 'news came by'],
    ['left', 'left', 'right', 'left', 'left', 'right', 'right', 'left'],
    rows,
  );
}

/** `callback 28, poll 2`; the name alone when there is only one. */
export function counted(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const sorted = [...counts].toSorted(([, a], [, b]) => b - a);
  return sorted.length === 1 ? sorted[0]![0] : sorted.map(([word, count]) => `${word} ${count}`).join(', ');
}

/** Milliseconds as seconds with two places. */
export function seconds(ms: number | undefined): string {
  return ms === undefined ? '' : `${(ms / 1_000).toFixed(2)} s`;
}

/**
 * Debits, credits and balance of each account. What we own and what we spend stands on the debit side, what
 * we owe and earn on the credit side.
 */
export function trialBalanceTable(lines: readonly TrialBalanceLine[]): string {
  const rows: Cell[][] = [];
  for (const l of lines)
    rows.push([
      l.account,
      l.type,
      formatRupees(l.debitsPaise),
      formatRupees(l.creditsPaise),
      sided(l.creditsPaise - l.debitsPaise),
    ]);
  const debits = lines.reduce((sum, l) => sum + l.debitsPaise, 0n);
  const credits = lines.reduce((sum, l) => sum + l.creditsPaise, 0n);
  const total = sided(credits - debits);
  rows.push([
    paint.bold('total'),
    '',
    paint.bold(formatRupees(debits)),
    paint.bold(formatRupees(credits)),
    credits === debits ? paint.green(total) : paint.red(total),
  ]);
  return plainTable(
    ['account', 'type', 'debits', 'credits', 'balance'],
    ['left', 'left', 'right', 'right', 'right'],
    rows,
  );
}

function sided(balancePaise: bigint): string {
  if (balancePaise === 0n) return `${formatRupees(0n)}   `;
  return balancePaise < 0n ? `${formatRupees(-balancePaise)} Dr` : `${formatRupees(balancePaise)} Cr`;
}

/** What the provider's own book says, beside what ours says. */
export interface BookTotals {
  transactions: number;
  payouts: number;
  requests: number;
  theirsPaise: bigint;
  oursPaise: bigint;
  forged: { sent: number; quarantined: number };
  /** Payouts of other callers in the meantime. */
  others: number;
}

export function bookTable(totals: BookTotals, float: FloatCheck | undefined): string {
  const rows: Cell[][] = [];
  rows.push(['payouts', number(totals.payouts), number(totals.transactions)]);
  rows.push(['requests to pay that it saw', number(totals.requests), '']);
  rows.push([
    'money that left, fees and tax included',
    formatRupees(totals.theirsPaise),
    formatRupees(totals.oursPaise),
  ]);
  rows.push([
    'forged callbacks sent, and quarantined',
    number(totals.forged.sent),
    number(totals.forged.quarantined),
  ]);
  if (totals.others > 0) rows.push(['payouts of others meanwhile', number(totals.others), '']);
  if (float !== undefined) {
    rows.push([
      `balance: statement (${number(float.lines)} lines), float account`,
      formatRupees(float.theirsPaise),
      formatRupees(float.oursPaise),
    ]);
    rows.push([
      `  of it taken and not settled yet (${number(float.unsettledAttempts)} attempts)`,
      '',
      formatRupees(float.unsettledPaise),
    ]);
  }
  return plainTable(['', 'the provider', 'Munim'], ['left', 'right', 'right'], rows);
}

function number(n: number): string {
  return n.toLocaleString('en-IN');
}

/** The first few sentences, and how many more there are. */
export function problemList(problems: readonly string[], most = 15): string {
  const shown = problems.slice(0, most).map((p) => `  ${p}`);
  return [...shown, ...(problems.length > most ? [`  and ${problems.length - most} more`] : [])].join('\n');
}
