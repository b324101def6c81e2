/** Doing a thing twice, at the same time, in two processes: one effect. And many things at once on money that does not suffice for all. */
import { runJob } from '../../support/driver';
import { reversed, succeeded } from '../../support/scripted-connector';
import { FUNDS_PAISE, useWorld } from '../../support/use-world';
import { balanceOf, movesOf, outcomesOf, transactionRow } from '../../support/world';

const here = useWorld();

const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

describe('P4 each processor, run in two processes at the same time, has one effect', () => {
  test('hold', async () => {
    const other = await here.world.process();
    const ids = await Promise.all(Array.from({ length: 10 }, () => here.world.accept(here.user)));
    const reports = await Promise.all(
      [here.world.first, other, here.world.first].map((p) => p.holds.hold(ids)),
    );
    expect(
      reports
        .flatMap((r) => r.due)
        .map((d) => d.id)
        .toSorted(text),
    ).toEqual(ids.toSorted(text));
    expect(reports.flatMap((r) => r.errors)).toEqual([]);
    expect(await balanceOf(here.world.knex, here.user.accountId)).toBe(FUNDS_PAISE - 10n * 150_590n);
  });

  test('settle', async () => {
    const other = await here.world.process();
    const ids = await Promise.all(Array.from({ length: 6 }, () => here.sent()));
    for (const id of ids) {
      await here.told(id, succeeded());
      await here.told(id, reversed());
    }
    for (let round = 0; round < 3; round++)
      await Promise.all([here.world.first, other, here.world.first].map((p) => runJob(p, 'settle', ids)));
    for (const id of ids) {
      expect(await transactionRow(here.world.knex, id)).toMatchObject({ state: 'reversed', postedCount: 2 });
      expect(await movesOf(here.world.knex, id)).toHaveLength(4);
    }
    expect(await balanceOf(here.world.knex, here.user.accountId)).toBe(FUNDS_PAISE);
  });

  test('poll', async () => {
    const other = await here.world.process();
    const ids = await Promise.all(Array.from({ length: 6 }, () => here.sent()));
    here.world.connector.onInquire = () => succeeded();
    await Promise.all([here.world.first, other, here.world.first].map((p) => runJob(p, 'poll', ids)));
    for (const id of ids) {
      const outcomes = await outcomesOf(here.world.knex, id);
      expect(outcomes.filter((o) => o.effect !== null)).toHaveLength(1);
      expect(outcomes.filter((o) => o.decision === 'repeat')).toHaveLength(2);
    }
  });

  test('hold, send, settle and poll, all on the same rows and over and over', async () => {
    const other = await here.world.process();
    const ids = await Promise.all(Array.from({ length: 5 }, () => here.world.accept(here.user)));
    here.world.connector.onSend = () => succeeded();
    here.world.connector.onInquire = () => succeeded();
    for (let round = 0; round < 4; round++) {
      await Promise.all(
        [here.world.first, other].flatMap((p) =>
          (['hold', 'send', 'settle', 'poll'] as const).map((job) => runJob(p, job, ids)),
        ),
      );
    }
    expect(new Set(await Promise.all(ids.map((id) => here.state(id))))).toEqual(new Set(['succeeded']));
    expect(here.world.connector.sends).toHaveLength(5);
    expect(await balanceOf(here.world.knex, here.user.accountId)).toBe(FUNDS_PAISE - 5n * 150_590n);
  });
});

test(
  'P2 200 payouts at once on a wallet that holds ten, from two processes: exactly ten are ' +
    'held, the rest have failed for want of money',
  async () => {
    const poor = await here.world.user(10n * 150_590n + 150_589n);
    const other = await here.world.process();
    const ids = await Promise.all(Array.from({ length: 200 }, () => here.world.accept(poor)));
    await Promise.all(
      [here.world.first, other].flatMap((p, i) =>
        Array.from({ length: 4 }, (_, part) => p.holds.hold(ids.filter((_id, n) => n % 8 === part * 2 + i))),
      ),
    );
    const rows = await Promise.all(ids.map((id) => transactionRow(here.world.knex, id)));
    expect(rows.filter((r) => r.state === 'held')).toHaveLength(10);
    expect(
      rows.filter((r) => r.state === 'failed' && r.statusReason === 'LEDGER_INSUFFICIENT_FUNDS'),
    ).toHaveLength(190);
    expect(await balanceOf(here.world.knex, poor.accountId)).toBe(150_589n);
  },
);
