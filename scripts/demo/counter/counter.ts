import { setTimeout as pause } from 'node:timers/promises';
import { withdrawals } from './aeps';
import { bills, recharges } from './bills';
import { splitTransfer, transfersOfEachEnding } from './dmt';
import type { Counter, Taken } from './taken';
import { COUNTER_SCENARIOS } from './scenarios';
import { type DemoApi } from '../api';

/**
 * The counter: money transfers, bills, recharges and withdrawals of every ending, a round for each shop,
 * through the API as a terminal would. The rounds begin a little apart, so that the requests that are never
 * answered do not come in one row: ten of them and a connector would, rightly, take the provider for dead.
 * Each round has a shop of its own for its withdrawals: so many are usual for one in a few minutes.
 */
const APART_MS = 2_000;
const SPLIT_PARTS = 3;

export function counterCount(rounds: number): number {
  return rounds === 0 ? 0 : rounds * COUNTER_SCENARIOS.length + SPLIT_PARTS;
}

export async function runCounter(counter: Counter, shops: readonly DemoApi[]): Promise<Taken[]> {
  if (shops.length === 0) return [];
  const all: Promise<Taken[]>[] = [splitTransfer(counter)];
  for (const [i, api] of shops.entries()) {
    const round = i + 1;
    const later = <T>(work: () => Promise<T>): Promise<T> => pause((round - 1) * APART_MS).then(work);
    all.push(
      later(() => transfersOfEachEnding(counter, round)),
      later(() => bills(counter, round)),
      later(() => recharges(counter, round)),
      later(() => withdrawals({ ...counter, api }, round)),
    );
  }
  return (await Promise.all(all)).flat();
}
