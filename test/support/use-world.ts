import { transactionId } from '../../domain/ids/ids';
import type { ProviderOutcome } from '../../domain/provider/outcome';
import type { AppUser } from '../../domain/users/users';
import { closeWithCleanBooks } from './books';
import { claimAll, dispatched, runDue, runJob } from './driver';
import { timedOut } from './scripted-connector';
import { createWorld, transactionRow, type World, type WorldOptions } from './world';

/** What the wallet of the user holds when a test begins: 1,00,000 rupees. */
export const FUNDS_PAISE = 10_000_000n;

export interface UsedWorld {
  /** That of the test that runs. */
  readonly world: World;
  /** Has `FUNDS_PAISE` in the wallet. */
  readonly user: AppUser;
  /** A payout whose money is held and which was not sent. */
  held: (over?: Parameters<World['accept']>[1]) => Promise<string>;
  /** A payout at the provider, whose answer to the send was this one; without it the send timed out. */
  sent: (onSend?: World['connector']['onSend']) => Promise<string>;
  /** Records an answer about the first attempt without settling it, by callback now if not said; the decision. */
  told: (
    id: string,
    answer: ProviderOutcome,
    source?: 'callback' | 'poll',
    askedAt?: Date,
  ) => Promise<string>;
  state: (id: string) => Promise<string>;
  /** Goes from one inquiry that is due to the next, `count` times, and makes each; the gaps in ms. */
  pollByClock: (id: string, count: number, until?: () => boolean) => Promise<number[]>;
}

/** A world of its own for each test of a file, and clean books when the test ends. */
export function useWorld(options: () => WorldOptions = () => ({})): UsedWorld {
  let world: World;
  let user: AppUser;
  beforeEach(async () => {
    world = await createWorld(options());
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
    async held(over) {
      const id = await world.accept(user, over);
      await runJob(world.first, 'hold', [id]);
      return id;
    },
    async sent(onSend = timedOut) {
      const id = await world.accept(user);
      world.connector.onSend = onSend;
      await dispatched(world.first, id);
      return id;
    },
    async told(id, answer, source = 'callback', askedAt = world.clock.now()) {
      const { decision } = await world.first.recorder.record({
        transactionId: transactionId(id),
        attemptNo: 1,
        source,
        askedAt,
        answer,
      });
      return decision;
    },
    state: async (id) => (await transactionRow(world.knex, id)).state,
    async pollByClock(id, count, until = () => false) {
      const gaps: number[] = [];
      while (gaps.length < count && !until()) {
        const { nextPollAt } = await transactionRow(world.knex, id);
        const before = world.clock.now();
        // The database knows the instant to the microsecond, the clock to the millisecond: one more is
        // certainly past it.
        world.clock.set(new Date(Math.max(nextPollAt!.getTime() + 1, before.getTime())));
        gaps.push(world.clock.now().getTime() - before.getTime() - 1);
        for (const due of await claimAll(world.first)) await runDue(world.first, [due]);
      }
      return gaps;
    },
  };
}
