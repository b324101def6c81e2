/** What failed after the provider took the money: owed to the customer, credited only when the provider says that the refund was made. */
import { runJob } from '../../support/driver';
import { failed, reversed, succeeded } from '../../support/scripted-connector';
import { FUNDS_PAISE, useWorld } from '../../support/use-world';
import { balanceOf, balances, movesOf } from '../../support/world';

const here = useWorld();

describe('failed after the provider took the money', () => {
  const TOTAL = 150_590n;

  test('it is owed to the customer, and only the refund credits the wallet', async () => {
    const id = await here.sent();
    expect(await here.told(id, { ...failed(), kind: 'refund_pending' })).toBe('apply');
    await runJob(here.world.first, 'settle', [id]);
    expect(await here.state(id)).toBe('refund_pending');
    expect(await balanceOf(here.world.knex, here.user.accountId)).toBe(FUNDS_PAISE - TOTAL);
    expect(await balances(here.world.knex)).toMatchObject({
      [`payable:refund:${here.user.userId}`]: TOTAL,
      'receivable:testpay:refund': -150_000n,
      'float:testpay': 150_000n,
    });
    expect(await here.told(id, { ...failed(), kind: 'refund_pending' })).toBe('repeat');
    expect(await here.told(id, { ...failed(), kind: 'refunded' })).toBe('apply');
    await runJob(here.world.first, 'settle', [id]);
    expect(await movesOf(here.world.knex, id)).toEqual([
      'accepted>held',
      'held>dispatched',
      'dispatched>refund_pending',
      'refund_pending>refunded',
    ]);
    expect(await balanceOf(here.world.knex, here.user.accountId)).toBe(FUNDS_PAISE);
    expect(Object.keys(await balances(here.world.knex)).toSorted()).toEqual([
      'bank:escrow',
      `wallet:${here.user.userId}:main`,
    ]);
    expect(await here.told(id, { ...failed(), kind: 'refunded' })).toBe('repeat');
  });

  test('a refund that is known before it was due, and one that the provider withdraws', async () => {
    const [early, withdrawn] = [await here.sent(), await here.sent()];
    expect(await here.told(early, { ...failed(), kind: 'refunded' })).toBe('apply');
    expect(await here.told(withdrawn, { ...failed(), kind: 'refund_pending' })).toBe('apply');
    await runJob(here.world.first, 'settle', [early, withdrawn]);
    expect(await here.state(early)).toBe('refunded');
    expect(
      await here.told(withdrawn, succeeded({ providerFeePaise: undefined, providerTaxPaise: undefined })),
    ).toBe('apply');
    await runJob(here.world.first, 'settle', [withdrawn]);
    expect(await here.state(withdrawn)).toBe('succeeded');
    expect(await balanceOf(here.world.knex, here.user.accountId)).toBe(FUNDS_PAISE - TOTAL);
  });

  test(
    "a reversal gives back what the provider's fee was posted as: nothing after a refund that " +
      'was withdrawn, once after a success',
    async () => {
      const [withdrawn, both] = [await here.sent(), await here.sent()];
      const become = async (id: string, ...answers: ReturnType<typeof succeeded>[]): Promise<void> => {
        for (const answer of answers) {
          expect(await here.told(id, answer)).toBe('apply');
          await runJob(here.world.first, 'settle', [id]);
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
      expect([await here.state(withdrawn), await here.state(both)]).toEqual(['reversed', 'reversed']);
      expect(await balances(here.world.knex)).toEqual({
        'bank:escrow': -FUNDS_PAISE,
        [`wallet:${here.user.userId}:main`]: FUNDS_PAISE,
      });
    },
  );
});
