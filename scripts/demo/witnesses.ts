import type { Clock } from '../../platform/clock';
import { setTimeout as pause } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { Connector } from '../../domain/connectors';
import { bookProblems, endProblems, payoutsByTransaction } from './compare';
import { checkFloat, type FloatCheck } from './float';
import {
  countQuarantined,
  countUnreadCallbacks,
  knownReferences,
  readTransactions,
  type OurTransaction,
} from './our-rows';
import type { BookTotals } from './print';
import type { PushedPayout } from './push';
import type { SandboxBook } from './sandbox-book';

/**
 * What the demo found when it asked everyone: the API, our tables, the provider's book and the provider's
 * statement.
 */
export interface Testimony {
  ours: ReadonlyMap<string, OurTransaction>;
  totals: BookTotals;
  float: FloatCheck | undefined;
  problems: string[];
}

export interface WitnessInput {
  knex: Knex;
  clock: Clock;
  book: SandboxBook;
  connector: Connector;
  startedAt: Date;
  bookedBefore: number;
  pushed: readonly PushedPayout[];
}

const QUIET_WITHIN_MS = 15_000;
const LOOK_MS = 200;

export async function hearWitnesses(input: WitnessInput): Promise<Testimony> {
  const { knex, book, pushed } = input;
  const forgedSent = pushed.filter((p) => p.id !== undefined && p.planned.scenario.ending === '8888').length;
  const quarantined = await untilQuiet(input, forgedSent);
  const ours = new Map(
    (
      await readTransactions(
        knex,
        pushed.flatMap((p) => p.id ?? []),
      )
    ).map((t) => [t.id, t]),
  );
  const booked = await book.payoutsFrom(input.bookedBefore);
  const { of, others } = payoutsByTransaction([...ours.values()], booked);

  const problems: string[] = [];
  for (const p of pushed) {
    const label = `…${p.planned.scenario.ending} ${String(p.planned.body.reference)}`;
    const row = ours.get(p.id ?? '');
    const found = [
      ...endProblems(p),
      ...(row === undefined ? ['has no row'] : bookProblems(p.planned.scenario, row, of.get(row.id) ?? [])),
    ];
    problems.push(...found.map((problem) => `${label}: ${problem}`));
  }
  problems.push(
    ...(await strangers(
      knex,
      others.map((p) => p.reference ?? ''),
    )),
  );
  if (quarantined < forgedSent)
    problems.push(`${forgedSent} forged callbacks were sent, ${quarantined} are in quarantine`);

  const mine = [...of.values()].flat();
  const totals: BookTotals = {
    transactions: ours.size,
    payouts: mine.length,
    requests: mine.reduce((sum, p) => sum + p.requestsSeen, 0),
    others: others.length,
    theirsPaise: mine.reduce((sum, p) => sum + p.netDebitPaise, 0n),
    oursPaise: [...ours.values()].reduce((sum, t) => sum + t.floatNetPaise, 0n),
    forged: { sent: forgedSent, quarantined },
  };
  if (totals.theirsPaise !== totals.oursPaise)
    problems.push('the sums of the provider and of our float differ');
  const float = await checkFloat({
    knex,
    clock: input.clock,
    connector: input.connector,
    book,
    since: input.startedAt,
    payouts: mine,
  });
  problems.push(...float.problems);
  return { ours, totals, float, problems };
}

/** The provider may not have paid anything that no attempt of ours asked for. */
async function strangers(knex: Knex, references: readonly string[]): Promise<string[]> {
  const known = await knownReferences(knex, references);
  return references
    .filter((r) => !known.has(r))
    .map((r) => `the provider has a payout that we never asked for (reference ${r || 'none'})`);
}

/**
 * Waits for the last callbacks: the repeated and the forged ones come after the end that they speak of.
 * Returns how many were quarantined.
 */
async function untilQuiet({ knex, book, startedAt }: WitnessInput, forged: number): Promise<number> {
  const deadline = Date.now() + QUIET_WITHIN_MS;
  for (;;) {
    const [owed, unread, quarantined] = await Promise.all([
      book.callbacksOwed(),
      countUnreadCallbacks(knex),
      countQuarantined(knex, startedAt),
    ]);
    if ((owed === 0 && unread === 0 && quarantined >= forged) || Date.now() > deadline) return quarantined;
    await pause(LOOK_MS);
  }
}
