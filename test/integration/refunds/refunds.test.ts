/** What failed after the provider took the money: owed to the customer, credited only when the provider says that the refund was made. */
import { closeWithCleanBooks } from '../../support/books';
import { dispatched, runJob } from '../../support/driver';
import { failed, reversed, succeeded, timedOut } from '../../support/scripted-connector';
import { balanceOf, balances, createWorld, movesOf, transactionRow, type World } from '../../support/world';

const FUNDS = 10_000_000n;
let world: World;
let user: Awaited<ReturnType<World['user']>>;

beforeEach(async () => {
  world = await createWorld();
  user = await world.user(FUNDS);
});
afterEach(() => closeWithCleanBooks(world.knex, world));

const state = async (id: string): Promise<string> => (await transactionRow(world.knex, id)).state;
async function sent(): Promise<string> {
  const id = await world.accept(user);
  world.connector.onSend = timedOut;
  await dispatched(world.first, id);
  return id;
}
async function told(id: string, answer: ReturnType<typeof succeeded>): Promise<string> {
  return (
    await world.first.recorder.record({
      transactionId: id,
      attemptNo: 1,
      source: 'callback',
      askedAt: world.clock.now(),
      answer,
    })
  ).decision;
}

describe('failed after the provider took the money', () => {
  const TOTAL = 150_590n;

  test('it is owed to the customer, and only the refund credits the wallet', async () => {
    const id = await sent();
    expect(await told(id, { ...failed(), kind: 'refund_pending' })).toBe('apply');
    await runJob(world.first, 'settle', [id]);
    expect(await state(id)).toBe('refund_pending');
    expect(await balanceOf(world.knex, user.accountId)).toBe(FUNDS - TOTAL);
    expect(await balances(world.knex)).toMatchObject({
      [`payable:refund:${user.userId}`]: TOTAL,
      'receivable:testpay:refund': -150_000n,
      'float:testpay': 150_000n,
    });
    expect(await told(id, { ...failed(), kind: 'refund_pending' })).toBe('repeat');
    expect(await told(id, { ...failed(), kind: 'refunded' })).toBe('apply');
    await runJob(world.first, 'settle', [id]);
    expect(await movesOf(world.knex, id)).toEqual([
      'accepted>held',
      'held>dispatched',
      'dispatched>refund_pending',
      'refund_pending>refunded',
    ]);
    expect(await balanceOf(world.knex, user.accountId)).toBe(FUNDS);
    expect(Object.keys(await balances(world.knex)).toSorted()).toEqual([
      'bank:escrow',
      `wallet:${user.userId}:main`,
    ]);
    expect(await told(id, { ...failed(), kind: 'refunded' })).toBe('repeat');
  });

  test('a refund that is known before it was due, and one that the provider withdraws', async () => {
    const [early, withdrawn] = [await sent(), await sent()];
    expect(await told(early, { ...failed(), kind: 'refunded' })).toBe('apply');
    expect(await told(withdrawn, { ...failed(), kind: 'refund_pending' })).toBe('apply');
    await runJob(world.first, 'settle', [early, withdrawn]);
    expect(await state(early)).toBe('refunded');
    expect(
      await told(withdrawn, succeeded({ providerFeePaise: undefined, providerTaxPaise: undefined })),
    ).toBe('apply');
    await runJob(world.first, 'settle', [withdrawn]);
    expect(await state(withdrawn)).toBe('succeeded');
    expect(await balanceOf(world.knex, user.accountId)).toBe(FUNDS - TOTAL);
  });

  test("a reversal gives back what the provider's fee was posted as: nothing after a refund that was withdrawn, once after a success", async () => {
    const [withdrawn, both] = [await sent(), await sent()];
    const become = async (id: string, ...answers: ReturnType<typeof succeeded>[]): Promise<void> => {
      for (const answer of answers) {
        expect(await told(id, answer)).toBe('apply');
        await runJob(world.first, 'settle', [id]);
      }
    };
    const [due, undone] = [{ ...failed(), kind: 'refund_pending' as const }, reversed()];
    await become(withdrawn, due, succeeded(), undone);
    await become(
      both,
      succeeded(),
      due,
      succeeded({ providerFeePaise: 400n, providerTaxPaise: 72n }),
      undone,
    );
    expect([await state(withdrawn), await state(both)]).toEqual(['reversed', 'reversed']);
    expect(await balances(world.knex)).toEqual({
      'bank:escrow': -FUNDS,
      [`wallet:${user.userId}:main`]: FUNDS,
    });
  });
});
