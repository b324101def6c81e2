/** The simulator in memory, see lifecycle.test.ts. */
import { createMemoryWorld } from './support/memory-world';
import { createJournal, createRandom } from './support/random';
import { endingProblem, SEED, story } from './support/story';

const STEPS = Number.parseInt(process.env.SIM_STEPS ?? '40000', 10);
const EPISODE = 800; // steps; a world stays small, so that the naive ledger stays quick

describe('ledger and lifecycle in memory', () => {
  test(
    `P1 P2 P4 P5 P6 hold after each of ${STEPS} random steps, and everything ends as the ` +
      `provider's book says (SIM_SEED=${SEED})`,
    () => {
      const endings = new Map<string, number>();
      for (let step = 0; step < STEPS; step += EPISODE)
        for (const ending of episode(SEED + step)) endings.set(ending, (endings.get(ending) ?? 0) + 1);
      const counts = [...endings].map(([state, count]) => `${state} ${count}`).join(', ');
      process.stdout.write(
        `simulator in memory: SIM_SEED=${SEED}, ${STEPS} steps, transactions: ${counts}\n`,
      );
      expect([...endings.keys()]).toEqual(
        expect.arrayContaining(['succeeded', 'failed', 'reversed', 'refunded', 'in_review']),
      );
    },
  );
});

/** One world from its beginning to its end; the states in which its transactions ended. */
function episode(seed: number): string[] {
  const journal = createJournal();
  const world = createMemoryWorld(createRandom(seed), journal);
  let step = 0;
  try {
    for (; step < EPISODE; step++) {
      world.step();
      world.check();
    }
    world.calmDown();
    world.check();
    const problems = world
      .endings()
      .flatMap((e) => endingProblem({ ...e, cases: e.hasCase ? ['a case'] : [] }, world.book.payments));
    if (problems.length > 0) throw new Error(problems.join('\n'));
    return world.endings().map((e) => e.state);
  } catch (error) {
    throw new Error(
      story(journal, step, [
        `episode seed ${seed}`,
        error instanceof Error ? (error.stack ?? error.message) : 'no error',
      ]),
      { cause: error },
    );
  }
}
