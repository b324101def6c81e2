/** Callbacks that are broken, forged, late or about nothing that we know. */
import { QUARANTINE } from '../../../domain/callbacks/allowances';
import { rows } from '../../../platform/database';
import { UNMATCHED_PATIENCE_MS } from '../../../domain/callbacks/process';
import { DomainError } from '../../../domain/errors/errors';
import { claimAll, runJob } from '../../support/driver';
import { failed, signedHeaders, succeeded } from '../../support/scripted-connector';
import { useWorld } from '../../support/use-world';
import type { World } from '../../support/world';
import { callbackCalls, jsonOf } from '../../support/callback-calls';

const used = useWorld();
let world: World;
beforeEach(() => {
  ({ world } = used);
});

const { about, process, receive, sent, state, stored } = callbackCalls(() => used);

describe('what is not as it should be', () => {
  test("a forged one is quarantined, refused, never processed, and takes no real event's place", async () => {
    const id = await sent();
    const callback = await about(id, failed());
    const forged = { 'x-test-signature': 'guess', 'x-test-event-id': 'evt_real' };
    for (let i = 0; i < 2; i++)
      await expect(receive(callback, forged)).rejects.toMatchObject({ code: 'CALLBACK_SIGNATURE_INVALID' });
    const found = await rows<{ id: string; state: string; due: Date | null }>(
      world.knex,
      'select id, state, due_at as due from callbacks',
    );
    expect(found).toMatchObject([{ state: 'quarantined', due: null }]);
    await process(found[0]!.id);
    world.clock.advance(3_600_000);
    expect((await claimAll(world.first)).filter((d) => d.job === 'callback')).toEqual([]);
    expect(await state(id)).toBe('dispatched');
    expect((await receive(await about(id, succeeded()), signedHeaders('evt_real'))).duplicate).toBe(false);
  });

  test('a flood of forged ones is refused to the last and kept to a bound; a genuine one is stored all the same', async () => {
    const id = await sent();
    for (let round = 0; round < 3; round += 1) {
      const forged = Array.from({ length: 500 }, (_x, i) =>
        receive(Buffer.from(`{"n":${round * 500 + i}}`), { 'x-test-signature': 'guess' }).then(
          () => 'taken',
          (error: DomainError) => error.code,
        ),
      );
      expect(new Set(await Promise.all(forged))).toEqual(new Set(['CALLBACK_SIGNATURE_INVALID']));
    }
    const [found] = await rows<{ count: number }>(
      world.knex,
      "select count(*)::int as count from callbacks where state = 'quarantined'",
    );
    expect(found!.count).toBe(QUARANTINE.burst);
    await process((await receive(await about(id, succeeded()))).id);
    expect(await state(id)).toBe('succeeded');
  });

  test('malformed, unmatched and about no transaction: done, and a person is told where one should look', async () => {
    const ids = [
      (await receive(Buffer.from('no json'))).id,
      (
        await receive({
          event: 'payout.processed',
          target: { ourReference: 'nobody' },
          outcome: jsonOf(succeeded()),
        })
      ).id,
      (await receive({ event: 'payout.processed', target: {}, outcome: jsonOf(succeeded()) })).id,
      (await receive({ event: 'downtime' })).id,
    ];
    await process(...ids);
    world.clock.advance(UNMATCHED_PATIENCE_MS); // one that names nothing waits for the answer that brings the id
    await process(...ids);
    expect(await Promise.all(ids.map(async (id) => (await stored(id)).result))).toEqual([
      'malformed',
      'unmatched',
      'unmatched',
      'no_transaction',
    ]);
    expect(
      (await rows<{ kind: string }>(world.knex, 'select kind from ops_cases order by kind')).map(
        (c) => c.kind,
      ),
    ).toEqual(['callback_malformed', 'callback_unmatched', 'callback_unmatched']);
  });

  test(
    'one that cannot be opened, or whose provider this process does not know, keeps no ' +
      'neighbour from being processed and stays due',
    async () => {
      const id = await sent();
      const good = await receive(await about(id, succeeded()));
      const [broken, foreign] = [await receive({ event: 'x' }), await receive({ event: 'y' })];
      await world.knex.raw(
        "update callbacks set body_sealed = 'v1.test1.broken.broken.broken' where id = ?",
        [broken.id!],
      );
      await world.knex.transaction(async (trx) => {
        await trx.raw('set local session_replication_role = replica'); // past the triggers
        await trx.raw("update callbacks set provider = 'otherpay' where id = ?", [foreign.id!]);
      });
      const report = await runJob(world.first, 'callback', [broken.id!, foreign.id!, good.id!]);
      expect(report.errors).toHaveLength(2);
      expect(report.errors.some((e) => e instanceof DomainError && e.code === 'PROVIDER_UNKNOWN')).toBe(true);
      expect(report.due).toMatchObject([{ job: 'settle', id }]);
      for (const other of [broken, foreign])
        expect(await stored(other.id)).toMatchObject({ state: 'received', result: null });
    },
  );

  test('for a provider that there is not: refused, and nothing is stored', async () => {
    await expect(world.first.callbackReceiver.receive('nobody', {}, Buffer.from(''))).rejects.toMatchObject({
      code: 'PROVIDER_UNKNOWN',
    });
    expect(await rows(world.knex, 'select 1 from callbacks')).toEqual([]);
  });

  test('P7 the stored bytes are sealed', async () => {
    await receive({ event: 'planted-secret-value' });
    const [found] = await rows<{ all: string }>(
      world.knex,
      'select row_to_json(c)::text as all from callbacks c',
    );
    expect(found!.all).not.toContain('planted-secret-value');
  });
});
