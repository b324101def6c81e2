/**
 * The simulator. P1 sum zero, totals and running balances equal their transfers · P2 no account below its
 * floor, counters and clearing hold what is open · P4 one payment of the provider for one transaction, each
 * effect once · P5 nothing fails without a definite word or certain non-sending · P6 whatever the queue
 * loses, all ends, or a person was told. Checked after each step where that is cheap, wholly every so often,
 * and at the end, when everything was driven to its end, also against the provider's own book. SIM_SEED
 * repeats a run; SIM_DATABASE_STEPS and SIM_STEPS set the length.
 */
import { rows } from '../../platform/database';
import { verifyTables } from '../../domain/verification/verify';
import { SERVICES } from '../../domain/provider/service-name';
import { OTHER_PROVIDER, PROVIDER } from '../support/scripted-connector';
import { createDatabaseWorld, type DatabaseWorld } from './support/database-world';
import { endingProblem, SEED, story } from './support/story';

const DATABASE_STEPS = Number.parseInt(process.env.SIM_DATABASE_STEPS ?? '3000', 10);
const FULL_CHECK_EVERY = 150;
/** In so many steps payouts take both roads, and some change theirs. */
const FIT_FOR_ROADS = 3_000;

describe('ledger and lifecycle on PostgreSQL', () => {
  let world: DatabaseWorld;
  beforeAll(async () => {
    world = await createDatabaseWorld(SEED);
  });
  afterAll(async () => {
    await world.close();
  });

  test(
    `P1 P2 P4 P5 P6 hold after each of ${DATABASE_STEPS} random steps, and everything ends as ` +
      `the provider's book says (SIM_SEED=${SEED})`,
    async () => {
      for (let step = 1; step <= DATABASE_STEPS; step++) {
        await world.step();
        const problems = [
          ...(await world.quickCheck()),
          ...(step % FULL_CHECK_EVERY === 0 ? await world.fullCheck() : []),
        ];
        if (problems.length > 0) throw new Error(story(world.journal, step, problems));
      }
      await world.calmDown();
      const problems = [
        ...(await world.quickCheck()),
        ...(await world.fullCheck()),
        ...(await finalProblems(world)),
      ];
      if (problems.length > 0) throw new Error(story(world.journal, DATABASE_STEPS, problems));
      process.stdout.write(
        `simulator on PostgreSQL: SIM_SEED=${SEED}, ${DATABASE_STEPS} steps, ${await summary(world)}\n`,
      );
      expect([...new Set(world.services.values())].toSorted()).toEqual([...SERVICES].toSorted());
      expect(world.accepted.length).toBeGreaterThan(DATABASE_STEPS / 20);
      if (DATABASE_STEPS < FIT_FOR_ROADS) return;
      expect([...world.payoutsSentBy()].toSorted()).toEqual([PROVIDER, OTHER_PROVIDER].toSorted());
      expect(await changedRoads(world)).toBeGreaterThan(0);
    },
    300_000,
  );
});

/** What the run met, in numbers. */
async function summary(world: DatabaseWorld): Promise<string> {
  const { knex } = world.nodes[0]!.process;
  const count = async (sql: string): Promise<string> =>
    (
      await rows<{ name: string; n: number }>(
        knex,
        `select name, count(*)::int as n from (${sql}) x group by name order by name`,
      )
    )
      .map((r) => `${r.name} ${r.n}`)
      .join(', ');
  return [
    `${world.accepted.length} transactions (${await count("select service || ' ' || state as name from transactions")})`,
    `effects: ${await count('select effect as name from transaction_outcomes where effect is not null')}`,
    `outcomes: ${await count('select decision as name from transaction_outcomes')}`,
    `cases: ${(await count('select kind as name from ops_cases')) || 'none'}`,
    `callbacks: ${await count("select verdict || ' ' || coalesce(result, state) as name from callbacks")}`,
    `providers: ${world.book.payments.length} payments`,
    (await count("select 'repeats' as name from dispatch_attempts where send_count > 1")) || 'no repeats',
    await count("select 'second attempts' as name from dispatch_attempts where attempt_no > 1"),
    `roads changed: ${await changedRoads(world)}`,
    `faults: ${world.faults()}`,
  ].join('; ');
}

/** Payouts that were accepted by one road, and went by another. */
async function changedRoads(world: DatabaseWorld): Promise<number> {
  const [found] = await rows<{ n: number }>(
    world.nodes[0]!.process.knex,
    "select count(*)::int as n from transactions where route like 'after %'",
  );
  return found!.n;
}

interface Final {
  id: string;
  label: string;
  state: string;
  cases: string[];
}

/** Each transaction is final or a case, and says what the provider's book says. */
async function finalProblems(world: DatabaseWorld): Promise<string[]> {
  const { knex } = world.nodes[0]!.process;
  const found = await rows<Final>(
    knex,
    `select t.id, t.id as label, t.state, coalesce(array_agg(c.kind) filter (where c.kind is not null), '{}') as cases
    from transactions t left join ops_cases c on c.transaction_id = t.id and c.closed_at is null
    and c.kind <> 'drives_exhausted' group by t.id`,
  );
  const problems = found.flatMap((t) => endingProblem(t, world.book.payments));
  if (found.length !== world.accepted.length)
    problems.push(`P3 ${world.accepted.length} were accepted, ${found.length} are there`);
  const report = await knex.transaction((trx) => verifyTables(trx, { accepted: world.accepted }));
  // What is overdue by the real clock is left to people, or the world would not have come to rest.
  problems.push(
    ...report
      .filter((f) => !f.name.startsWith('overdue-') && (f.result?.violations ?? 0) > 0)
      .map(
        (f) =>
          `${f.promise} ${f.name}: ${f
            .result!.offenders.slice(0, 3)
            .map((o) => `${o.id} ${o.detail}`)
            .join('; ')}`,
      ),
  );
  return problems;
}
