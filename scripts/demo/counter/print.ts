import type { Cell } from 'cli-table3';
import { formatRupees } from '../../../platform/money';
import { bookOf, customerOf } from '../../customers/customers';
import { paint, plainTable } from '../../verify/terminal';
import { quantile } from '../compare';
import { counted, seconds } from '../print';
import { endProblems, type CounterSum } from './compare';
import { COUNTER_SCENARIOS } from './scenarios';
import type { Taken } from './taken';

/** One line for each service and ending: how many, how they ended, how long that took. */
export function counterTable(taken: readonly Taken[]): string {
  const rows: Cell[][] = [];
  for (const scenario of COUNTER_SCENARIOS) {
    const some = taken.filter((t) => t.scenario === scenario);
    if (some.length === 0) continue;
    const times = some.flatMap((t) => t.toFinalMs ?? []);
    rows.push([
      customerOf(scenario.service).title,
      `…${scenario.ending}`,
      scenario.what,
      some.length,
      counted(some.map((t) => t.status)),
      verdict(some),
      seconds(quantile(times, 0.5)),
      seconds(quantile(times, 0.99)),
    ]);
  }
  return plainTable(
    ['service', 'ending', 'the provider', 'count', 'ended as', '', 'median', 'p99'],
    ['left', 'left', 'left', 'right', 'left', 'left', 'right', 'right'],
    rows,
  );
}

/** Of the transactions of one scenario: did they end as it says? */
function verdict(some: readonly Taken[]): string {
  const wrong = some.filter((t) => endProblems(t).length > 0).length;
  return wrong > 0
    ? paint.red(`${wrong} not ${some[0]!.scenario.endsAs.join(' or ')}`)
    : paint.green('as expected');
}

/** Each provider's own book beside our accounts with it. */
export function counterBookTable(sums: readonly CounterSum[], others: number): string {
  const rows: Cell[][] = sums.map((s) => [
    `${bookOf(s.service).provider}, ${customerOf(s.service).title}s`,
    s.transactions,
    s.bookings,
    s.requests,
    formatRupees(s.theirsPaise),
    formatRupees(s.oursPaise),
  ]);
  const table = plainTable(
    ['', 'ours', 'booked', 'requests', 'took, net', 'our accounts gave'],
    ['left', 'right', 'right', 'right', 'right', 'right'],
    rows,
  );
  return others === 0 ? table : `${table}\n${others} transactions of others meanwhile`;
}
