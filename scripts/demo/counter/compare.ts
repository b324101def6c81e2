import { formatRupees } from '../../../platform/money';
import type { OurTransaction } from '../our-rows';
import type { Booking } from '../../mix/provider-books';
import type { CounterService } from './scenarios';
import { SERVICE_DEFINITIONS } from '../../../domain/services/services';
import type { CounterEnd } from '../../customers/customer';
import { bookOf } from '../../customers/customers';
import type { Taken } from './taken';

/**
 * What must be true of a transaction at the counter that has ended, by three witnesses: the API, our tables,
 * the provider's own book. Pure; problems are sentences.
 */

const STATE_OF: Readonly<Record<CounterEnd, string>> = {
  SUCCESS: 'succeeded',
  FAILED: 'failed',
  REVERSED: 'reversed',
  REFUNDED: 'refunded',
  'IN REVIEW': 'in_review',
};

/** Did it end as its scenario says? */
export function endProblems(taken: Taken): string[] {
  if (taken.problem !== undefined) return [taken.problem];
  const { endsAs } = taken.scenario;
  return endsAs.some((end) => end === taken.status)
    ? []
    : [`ended as ${taken.status}, not as ${endsAs.join(' or ')}`];
}

/**
 * Does the provider's book say the same of it as our tables? `bookings` are those under any of its
 * references.
 */
export function bookingProblems(taken: Taken, ours: OurTransaction, bookings: readonly Booking[]): string[] {
  const { scenario } = taken;
  const problems: string[] = [];
  const expect = (holds: boolean, problem: string): void => {
    if (!holds) problems.push(problem);
  };
  const expected = scenario.atProvider === null ? 0 : 1;
  const kept = bookings.filter((b) => b.netDebitPaise !== 0n);

  expect(ours.state === (STATE_OF as Record<string, string>)[taken.status], `its row says ${ours.state}`);
  expect(
    bookings.length === expected,
    `the provider has booked it ${bookings.length} times, not ${expected}`,
  );
  expect(kept.length <= 1, `the provider moved money for it ${kept.length} times`);
  for (const b of bookings) {
    expect(
      b.status === scenario.atProvider,
      `the provider says ${b.status}, not ${String(scenario.atProvider)}`,
    );
    expect(
      b.amountPaise === ours.amountPaise,
      `the provider has ${formatRupees(b.amountPaise)} instead of ${formatRupees(ours.amountPaise)}`,
    );
  }
  const theirs = bookings.reduce((sum, b) => sum + b.netDebitPaise, 0n);
  expect(
    theirs === ours.floatNetPaise,
    `the provider took ${formatRupees(theirs)}, our accounts with it gave ${formatRupees(ours.floatNetPaise)}`,
  );
  problems.push(...walletProblems(taken, ours));
  return problems;
}

/** The wallet has paid for a success and for nothing else, or was paid, as the service's flow says. */
function walletProblems({ scenario, status }: Taken, ours: OurTransaction): string[] {
  const paid = ours.walletNetPaise;
  if (status !== 'SUCCESS') return paid === 0n ? [] : [`its wallet is ${formatRupees(paid)} short`];
  const isRight =
    SERVICE_DEFINITIONS[scenario.service].flow === 'credit'
      ? paid === -ours.amountPaise
      : paid >= ours.amountPaise;
  return isRight ? [] : [`its wallet paid ${formatRupees(paid)} for ${formatRupees(ours.amountPaise)}`];
}

/** Sums of one service over the transactions of both sides. */
export interface CounterSum {
  service: CounterService;
  transactions: number;
  bookings: number;
  requests: number;
  theirsPaise: bigint;
  oursPaise: bigint;
}

export function sumOf(
  service: CounterService,
  rows: readonly { taken: Taken; ours: OurTransaction; bookings: readonly Booking[] }[],
): CounterSum {
  const sum: CounterSum = {
    service,
    transactions: 0,
    bookings: 0,
    requests: 0,
    theirsPaise: 0n,
    oursPaise: 0n,
  };
  for (const { ours, bookings } of rows.filter((r) => r.taken.scenario.service === service)) {
    sum.transactions += 1;
    sum.bookings += bookings.length;
    sum.oursPaise += ours.floatNetPaise;
    for (const b of bookings) {
      sum.requests += b.requestsSeen;
      sum.theirsPaise += b.netDebitPaise;
    }
  }
  return sum;
}

export function sumProblems(sum: CounterSum): string[] {
  const difference = sum.theirsPaise - sum.oursPaise;
  return difference === 0n
    ? []
    : [
        `${bookOf(sum.service).provider} and our accounts differ by ${formatRupees(difference)} over all of ${sum.service}`,
      ];
}
