/** What the nightly process measures for people who watch. */
import { NotYet, type NightStep } from '../../../domain/night/step';
import { createNightReader } from '../../../domain/night/read';
import { execute } from '../../../platform/database';
import { silentLog } from '../../../platform/logger';
import { createMetrics, type Metrics } from '../../../platform/metrics';
import { measureNights } from '../../../workers/nightly/loop';
import { nightOf } from '../../support/nights';
import { createWorld, type World } from '../../support/world';

const DAY_S = 86_400;
let world: World;
beforeEach(async () => {
  world = await createWorld({ start: '2026-04-01T06:30:00Z' }); // noon in India
});
afterEach(() => world.close());

async function measured(): Promise<(name: string) => Promise<object[]>> {
  const metrics: Metrics = createMetrics('nightly');
  const { knex, clock, night, breakMeter } = world.first;
  const nights = createNightReader({ knex });
  await measureNights({
    ...{ clock, night, nights, breakMeter, metrics },
    ...{ wake: async () => undefined, log: silentLog },
  });
  return async (name) =>
    (await metrics.registry.getSingleMetric(name)!.get()).values.map(({ labels, value }) => {
      const { process: _process, ...rest } = labels as Record<string, string>;
      return { ...rest, value: Math.round(value) };
    });
}
const at = (instant: string): number => Date.parse(instant) / 1_000;

test('how far the nights are: done until the first day that is not, and what each waits for', async () => {
  await world.user(100n);
  let values = await measured();
  expect(await values('munim_night_done_until_timestamp_seconds')).toEqual([
    { value: at('2026-04-01T00:00:00+05:30') }, // nothing is late before there are nights
  ]);
  world.clock.advance(2 * 86_400_000);
  const fetch: NightStep = {
    kind: 'reconcile',
    dependsOn: [],
    perProvider: true,
    run: async ({ date, provider }) => {
      if (date === '2026-04-02' && provider === 'eko') throw new NotYet('the report of eko');
      return undefined;
    },
  };
  const night = nightOf(world.first, [fetch]);
  await night.open();
  for (let round = 0; round < 3; round += 1) for (const { id } of await night.due()) await night.run(id);
  values = await measured();
  expect(await values('munim_night_done_until_timestamp_seconds')).toEqual([
    { value: at('2026-04-02T00:00:00+05:30') },
  ]);
  expect(await values('munim_night_waiting_seconds')).toEqual([
    { step: 'reconcile', provider: 'eko', value: DAY_S / 2 },
  ]);
  expect(await values('munim_night_undone_steps')).toEqual([{ value: 1 }]);
  expect(await values('munim_night_measured_timestamp_seconds')).toEqual([
    { value: at('2026-04-03T06:30:00Z') },
  ]);
  expect(await values('munim_seal_unsigned_days')).toEqual([{ value: 0 }]);
});

test('breaks and suspense by source and age', async () => {
  const now = world.clock.now();
  for (const [key, days, gap, suspense] of [
    ['a', 0, 100, 0],
    ['b', 2, -500, -500],
    ['c', 8, 700, 700],
  ] as const)
    await execute(
      world.knex,
      `insert into recon_breaks (id, source_id, break_key, kind, business_date, ours, theirs, gap_paise, opened_at, seen_at,
        suspense_paise, suspense_since)
      select gen_random_uuid(), s.id, :key, 'missing_with_us', '2026-03-01', '{}', '{}', :gap, x.at, x.at, :suspense,
        case when :suspense::int8 <> 0 then x.at end
      from recon_sources s, (select :now::timestamptz - make_interval(days => :days) as at) x where s.name = 'eko'`,
      { key, days, gap, suspense, now },
    );
  const values = await measured();
  expect(await values('munim_breaks_open')).toEqual(
    ['1d_to_3d', '7d_to_30d', 'under_1d'].map((age) => ({
      ...{ source: 'eko', kind: 'missing_with_us', age, value: 1 },
    })),
  );
  expect(await values('munim_breaks_oldest_seconds')).toEqual([{ source: 'eko', value: 8 * DAY_S }]);
  expect(await values('munim_breaks_suspense_paise')).toEqual([{ source: 'eko', value: 1_200 }]);
  expect(await values('munim_breaks_suspense_oldest_seconds')).toEqual([{ source: 'eko', value: 8 * DAY_S }]);
});
