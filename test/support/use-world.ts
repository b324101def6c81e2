import { transactionId } from '../../domain/ids/ids';
import type { ProviderOutcome } from '../../domain/provider/outcome';
import type { AppUser } from '../../domain/users/users';
import { closeWithCleanBooks } from './books';
import { dispatched } from './driver';
import { timedOut } from './scripted-connector';
import { createWorld, transactionRow, type World, type WorldOptions } from './world';

const FUNDS_PAISE = 10_000_000n;

export interface UsedWorld {
  /** That of the test that runs. */
  readonly world: World;
  /** Has 1,00,000 rupees in the wallet. */
  readonly user: AppUser;
  /** A payout whose send timed out. */
  sent(): Promise<string>;
  /** The provider's word about the first attempt, by callback; what was decided about it. */
  told(id: string, answer: ProviderOutcome): Promise<string>;
  state(id: string): Promise<string>;
}

/** A world of its own for each test of a file, and clean books when the test ends. */
export function useWorld(options: WorldOptions = {}): UsedWorld {
  let world: World;
  let user: AppUser;
  beforeEach(async () => {
    world = await createWorld(options);
    user = await world.user(FUNDS_PAISE);
  });
  afterEach(() => closeWithCleanBooks(world.knex, world));
  return {
    get world() {
      return world;
    },
    get user() {
      return user;
    },
    async sent() {
      const id = await world.accept(user);
      world.connector.onSend = timedOut;
      await dispatched(world.first, id);
      return id;
    },
    async told(id, answer) {
      const { decision } = await world.first.recorder.record({
        transactionId: transactionId(id),
        attemptNo: 1,
        source: 'callback',
        askedAt: world.clock.now(),
        answer,
      });
      return decision;
    },
    state: async (id) => (await transactionRow(world.knex, id)).state,
  };
}
