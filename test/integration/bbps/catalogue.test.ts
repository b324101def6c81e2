/** The catalogue of billers: categories, billers, and what the provider says of them. */
import type { AppUser } from '../../../domain/users/users';
import { execute, rows } from '../../../platform/database';
import { useBillsWorld } from '../../support/bills-world';
import { codeOf, fetchBill, payBill } from '../../support/bbps-flows';
import { biller, WATER, type ScriptedBills } from '../../support/scripted-bbps';
import type { World } from '../../support/world';

const used = useBillsWorld();
let world: World;
let setu: ScriptedBills;
let eko: ScriptedBills;
let user: AppUser;
beforeEach(() => {
  ({ world, setu, eko, user } = used);
});
const bbps = (): World['first']['bbps'] => world.first.bbps;

describe('the catalogue', () => {
  test('is read once, and an old copy serves while the provider is away', async () => {
    const list = () => bbps().catalogue.billers('Electricity', { limit: 10 });
    await Promise.all([list(), list(), list()]);
    await bbps().catalogue.find(biller().id);
    await bbps().catalogue.find(biller().id);
    expect(setu.reads).toEqual({ categories: 1, billers: 1, biller: 1 });
    setu.isDeskAway = true;
    world.clock.advance(21_600_000);
    expect((await list()).data.map((b) => b.id)).toEqual([biller().id]);
    expect(await bbps().catalogue.find(biller().id)).toMatchObject({
      provider: 'setu',
      biller: { parameters: [{ name: 'Consumer Number' }] },
    });
    await list();
    expect(setu.reads).toEqual({ categories: 2, billers: 2, biller: 2 }); // a reading that failed is not made again at once
    setu.isDeskAway = false;
    setu.billers = [biller({ id: 'POWER0000MUM01' })];
    world.clock.advance(30_000);
    expect((await list()).data.map((b) => b.id)).toEqual(['POWER0000MUM01']);
  });

  test('nothing known and nobody there: try again; the next provider of the route serves what the first does not know', async () => {
    setu.isDeskAway = true;
    expect(await codeOf(bbps().catalogue.find(WATER.id))).toBe('PROVIDER_UNAVAILABLE');
    expect(await bbps().catalogue.find('90')).toMatchObject({ provider: 'eko' });
    expect((await bbps().catalogue.categories()).map((c) => c.id)).toEqual(['8']);
    eko.isDeskAway = true;
    expect(await codeOf(bbps().catalogue.billers('Water', { limit: 5 }))).toBe('BBPS_CATEGORY_UNKNOWN'); // eko's copy knows its categories
    setu.isDeskAway = false;
    expect(await bbps().catalogue.find(WATER.id)).toMatchObject({ provider: 'setu' });
  });

  test('a call that throws is a provider that is not there', async () => {
    const thrown = (): never => {
      throw new Error('connect ECONNREFUSED');
    };
    Object.assign(setu.bbps, { categories: thrown, billers: thrown, biller: thrown });
    expect(await codeOf(bbps().catalogue.find(WATER.id))).toBe('PROVIDER_UNAVAILABLE');
    expect(await bbps().catalogue.find('90')).toMatchObject({ provider: 'eko' });
    expect((await bbps().catalogue.categories()).map((c) => c.id)).toEqual(['8']);
  });

  test('a route is data, and what is accepted keeps its provider', async () => {
    eko.billers = [biller()];
    const bySetu = await fetchBill(world.first, user);
    await execute(world.knex, "insert into bbps_routes values ('biller', ?, '2026-11-01', '{eko}')", [
      biller().id,
    ]);
    await bbps().policies.refresh();
    const byEko = await fetchBill(world.first, user);
    const ids = [
      await payBill(world.first, user, { what: { fetchId: bySetu } }),
      await payBill(world.first, user, { what: { fetchId: byEko } }),
    ].map((a) => a.id);
    expect(
      (
        await rows<{ provider: string }>(
          world.knex,
          'select provider from transactions order by array_position(?::uuid[], id)',
          [ids],
        )
      ).map((t) => t.provider),
    ).toEqual(['setu', 'eko']);
    expect([setu.fetches.length, eko.fetches.length]).toEqual([1, 1]);
  });

  test('a biller that is stopped with its provider is served by the next; one that is stopped is paid by none', async () => {
    eko.billers = [biller()];
    const stop = async (provider: string | null): Promise<void> => {
      await execute(
        world.knex,
        `insert into routing_stops (id, service, provider, subject, reason, placed_by, placed_at)
        values (gen_random_uuid(), 'bbps', :provider, :biller, 'its bank is down', :by, now())`,
        { provider, biller: biller().id, by: user.userId },
      );
      await world.first.roads.refresh();
    };
    const fetched = await fetchBill(world.first, user);
    await stop('setu');
    expect(await bbps().catalogue.find(biller().id)).toMatchObject({ provider: 'eko' });
    expect(await bbps().catalogue.find(WATER.id)).toMatchObject({ provider: 'setu' });
    // It was fetched there, and can be paid nowhere else.
    expect(await codeOf(payBill(world.first, user, { what: { fetchId: fetched } }))).toBe('ROUTE_STOPPED');
    const another = await fetchBill(world.first, user);
    await stop(null);
    expect(await codeOf(payBill(world.first, user, { what: { fetchId: another } }))).toBe('ROUTE_STOPPED');
  });

  test('a pattern that cannot be run is one case, and lengths are checked', async () => {
    setu.billers = [
      biller({
        parameters: [
          {
            name: 'Consumer Number',
            label: 'Consumer Number',
            dataType: 'ALPHANUMERIC',
            isOptional: false,
            pattern: '^(?=.*[0-9]).+$',
            minLength: 3,
            maxLength: 20,
          },
        ],
      }),
    ];
    await fetchBill(world.first, user);
    world.clock.advance(21_600_000);
    await fetchBill(world.first, user);
    expect(await rows(world.knex, 'select kind, subject from ops_cases')).toEqual([
      { kind: 'biller_pattern_unusable', subject: `biller:setu:${biller().id}` },
    ]);
  });
});
