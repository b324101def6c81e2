/** Nights: opened once and in order, done by whoever comes, and the same at the end wherever somebody dies. */
import { createNightDesk } from '../../../domain/night/desk';
import { createNightReader } from '../../../domain/night/read';
import { NotYet, type NightContext, type NightStep } from '../../../domain/night/step';
import type { Knex } from 'knex';
import { createCloseStep } from '../../../domain/night/close';
import { execute, makeKnex, rows } from '../../../platform/database';
import { silentLog } from '../../../platform/logger';
import { createMetrics } from '../../../platform/metrics';
import { createNightProcessor } from '../../../workers/nightly/step';
import { doNights, letTimePass, nightOf, runsOf } from '../../support/nights';
import { createWorld, type World } from '../../support/world';

/** Noon in India on 1 April 2026: the last day that has ended is 31 March. */
const NOON = '2026-04-01T06:30:00Z';
let world: World;
beforeEach(async () => {
  world = await createWorld({ start: NOON });
});
afterEach(() => world.close());

function step(kind: string, run: NightStep['run'], more: Partial<NightStep> = {}): NightStep {
  return { kind, dependsOn: [], run, ...more };
}
function noting(list: string[], of: (context: NightContext) => string): NightStep['run'] {
  return async (context) => {
    list.push(of(context));
    return undefined;
  };
}
const nothing = (): Promise<undefined> => Promise.resolve(undefined);
const opened = async (): Promise<string[]> =>
  (
    await rows<{ day: string }>(
      world.knex,
      'select business_date::text as day from nights order by business_date',
    )
  ).map(({ day }) => day);

test('the day is over at midnight in India, and closed when what was under way has ended', async () => {
  await world.user(100n);
  const night = nightOf(world.first, [step('one', nothing)]);
  world.clock.set('2026-04-01T18:34:59.999Z'); // 00:04:59.999 on 2 April
  expect(await night.open()).toBe(0);
  world.clock.advance(1);
  expect([await night.open(), await night.open()]).toEqual([1, 0]);
  expect(await opened()).toEqual(['2026-04-01']);
});

test('without books there is nothing to close', async () => {
  expect(await nightOf(world.first, [step('one', nothing)]).open()).toBe(0);
});

test('missed days are caught up in order, over the end of a year of the state and a leap day', async () => {
  world.clock.set('2024-02-27T06:30:00Z');
  await world.user(100n);
  const done: string[] = [];
  const night = nightOf(world.first, [
    step(
      'one',
      noting(done, ({ date }) => date),
    ),
  ]);
  world.clock.set('2024-03-02T06:30:00Z');
  await doNights(world, night);
  expect(done).toEqual(['2024-02-27', '2024-02-28', '2024-02-29', '2024-03-01']);
});

test('two processes that start at once open each night once and do each step once', async () => {
  await world.user(100n);
  const done: string[] = [];
  const one = step(
    'one',
    noting(done, ({ date, provider }) => `${date} ${provider}`),
    {
      perProvider: true,
    },
  );
  const other = await world.process();
  const nights = [nightOf(world.first, [one]), nightOf(other, [one])];
  world.clock.advance(2 * 86_400_000);
  await Promise.all([...nights, ...nights].map((night) => night.open()));
  expect(await opened()).toEqual(['2026-04-01', '2026-04-02']);
  for (let left = 1; left > 0;) {
    const due = (await Promise.all(nights.map((night) => night.due()))).flat();
    await Promise.all(due.flatMap(({ id }) => nights.map((night) => night.run(id))));
    left = due.length;
  }
  expect(done.toSorted()).toEqual([
    '2026-04-01 eko',
    '2026-04-01 razorpayx',
    '2026-04-02 eko',
    '2026-04-02 razorpayx',
  ]);
});

test('a step waits for those that it depends on, of its provider, and for itself on the days before', async () => {
  await world.user(100n);
  world.clock.advance(2 * 86_400_000);
  const stop = { eko: true };
  const done: string[] = [];
  const note = async ({ date, provider }: NightContext, kind: string): Promise<undefined> => {
    if (kind === 'fetch' && provider === 'eko' && stop.eko) throw new NotYet('its report');
    done.push(`${date.slice(8)} ${kind} ${provider ?? 'all'}`);
    return undefined;
  };
  const night = nightOf(world.first, [
    step('fetch', (c) => note(c, 'fetch'), { perProvider: true }),
    step('match', (c) => note(c, 'match'), { perProvider: true, dependsOn: ['fetch'] }),
    step('sum', (c) => note(c, 'sum'), { dependsOn: ['match'] }),
  ]);
  await night.open();
  for (let round = 0; round < 6; round += 1) for (const { id } of await night.due()) await night.run(id);
  // what waits for one provider keeps nobody else
  expect(done).toEqual([
    '01 fetch razorpayx',
    '01 match razorpayx',
    '02 fetch razorpayx',
    '02 match razorpayx',
  ]);
  expect((await runsOf(world)).filter(({ why }) => why !== null)).toMatchObject([
    { date: '2026-04-01', kind: 'fetch', provider: 'eko', state: 'waiting', why: 'its report' },
  ]);
  stop.eko = false;
  await doNights(world, night);
  expect(done.filter((one) => / sum /.test(one))).toEqual(['01 sum all', '02 sum all']);
  expect(done.indexOf('01 sum all')).toBeGreaterThan(done.indexOf('01 match eko'));
});

test('a step whose process dies in the middle is done again by another, and the dead one can no longer end it', async () => {
  await world.user(100n);
  world.clock.advance(86_400_000);
  const written = new Set<number>();
  let die: (() => void) | undefined;
  const count = step('count', async ({ progress, signal }) => {
    for (let n = 1; n <= 4; n += 1) {
      written.add(n);
      progress(n, 4);
      if (n === 2 && die !== undefined) {
        die();
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return undefined;
      }
    }
    return { written: written.size };
  });
  const night = nightOf(world.first, [count]);
  await night.open();
  const { id } = (await night.due())[0]!;
  const hung = new Promise<void>((resolve) => (die = resolve));
  const first = night.run(id);
  await hung;
  die = undefined;
  expect(await nightOf(world.first, [count]).run(id)).toBe(false); // somebody does it
  await letTimePass(world);
  expect(await nightOf(await world.process(), [count]).run(id)).toBe(true);
  expect(await first).toBe(false); // its next sign of life showed it that it was taken over
  expect(await runsOf(world)).toMatchObject([{ state: 'done', attempts: 2, rows: 4n }]);
  expect(await night.run(id)).toBe(false); // and nothing is done again
});

test('a step that fails is given back with its code, tried again later, and its error shows on the board', async () => {
  await world.user(100n);
  world.clock.advance(86_400_000);
  let failures = 1;
  const night = nightOf(world.first, [
    step('shaky', async () => {
      if (failures-- > 0) throw Object.assign(new Error('a secret'), { code: '57014' });
      return { sum: '100' };
    }),
  ]);
  await night.open();
  const { id } = (await night.due())[0]!;
  const woken: object[] = [];
  const process = createNightProcessor({
    night,
    log: silentLog,
    metrics: createMetrics('test'),
    wake: async (due) => void woken.push(...due),
    announce: () => undefined,
  });
  const told: object[] = [];
  const job = {
    id: 'j',
    name: 'night-step',
    data: { ids: [id] },
    progress: async (p: object) => void told.push(p),
  };
  await expect(process(job)).rejects.toThrow(/^1 of 1 rows are left to their re-drive \(57014\)$/);
  expect(await runsOf(world)).toMatchObject([{ state: 'failed', why: '57014', attempts: 1 }]);
  expect(await night.due()).toEqual([]); // not at once
  await letTimePass(world);
  expect(await night.due()).toMatchObject([{ job: 'night', id, driveNo: 2 }]);
  told.splice(0);
  await process(job);
  expect(await runsOf(world)).toMatchObject([{ state: 'done', why: null, attempts: 2 }]);
  // also of a step that is quick: what it is, and what it came to
  expect(told).toMatchObject([{ step: 'shaky', date: '2026-04-01' }, { step: 'shaky' }]);
});

test('a day of before the first night, and a day that is not over, are refused', async () => {
  await world.user(100n);
  const night = nightOf(world.first, [step('one', nothing)]);
  const desk = createNightDesk({ ...world.first, profile: 'production' });
  for (const day of ['2026-13-45', '2026-02-30', '2026-2-3', 'yesterday', '2026-03-29T00:00:00Z', ''])
    await expect(desk.ask(day)).rejects.toMatchObject({ code: 'REQUEST_FIELD_INVALID' });
  await expect(desk.ask('2026-04-01')).rejects.toMatchObject({ code: 'NIGHT_NOT_ENDED' });
  await desk.ask('2026-03-29');
  expect(await desk.lastEnded()).toBe('2026-03-31');
  for (let n = 0; n < 2; n += 1) await desk.ask('2026-03-31');
  await expect(desk.ask('2026-03-28')).rejects.toMatchObject({ code: 'NIGHT_OUT_OF_ORDER' });
  expect(await opened()).toEqual(['2026-03-29', '2026-03-30', '2026-03-31']);
  await doNights(world, night);
  expect((await runsOf(world)).map(({ date, state }) => `${date} ${state}`)).toEqual([
    ...['2026-03-29 done', '2026-03-30 done', '2026-03-31 done'],
  ]);
});

test('the steps of the product run a night to its end', async () => {
  await world.user(100n);
  world.clock.advance(86_400_000);
  await doNights(world, world.first.night);
  expect(new Set((await runsOf(world)).map(({ state }) => state))).toEqual(new Set(['done']));
  const [night] = await rows<{ closed: boolean }>(
    world.knex,
    'select closed_at is not null as closed from nights',
  );
  expect(night).toEqual({ closed: true });
});

test('people see nights, their steps, and which step of an earlier day holds one', async () => {
  await world.user(100n);
  let isMissing = true;
  const calendar = step('calendar', ({ date }) =>
    isMissing && date === '2026-04-01' ? Promise.reject(new TypeError('no year')) : nothing(),
  );
  const night = nightOf(world.first, [calendar]);
  world.clock.set('2026-04-02T20:00:00Z');
  await night.open();
  const reader = createNightReader(world.first);
  for (let tries = 0; tries < 2; tries += 1) {
    await letTimePass(world);
    for (const { id } of await night.due()) await expect(night.run(id)).rejects.toThrow('no year');
  }
  expect(await reader.heldBy('2026-04-02')).toEqual([
    { day: '2026-04-01', kind: 'calendar', attempts: 2, why: 'TypeError' },
  ]);
  expect(await reader.heldBy('2026-04-01')).toEqual([]);
  expect(await reader.list(10)).toMatchObject([
    { day: '2026-04-02', state: 'waiting', steps: 1, done: 0 },
    { day: '2026-04-01', state: 'failed', steps: 1, done: 0 },
  ]);
  isMissing = false;
  await doNights(world, night);
  expect(await reader.heldBy('2026-04-02')).toEqual([]);
  expect(await reader.show('2026-04-02')).toMatchObject([{ kind: 'calendar', state: 'done' }]);
  await expect(reader.show('2026-04-03')).rejects.toMatchObject({ code: 'NIGHT_NOT_FOUND' });
});

test('the day closes when what was being written in its own database has ended; another database holds nothing', async () => {
  await world.user(100n);
  world.clock.advance(86_400_000);
  const night = nightOf(world.first, [createCloseStep(world.first)]);
  await night.open();
  const [due] = await night.due();
  const elsewhere = new URL(world.database.url);
  elsewhere.pathname = '/postgres';
  const pools = [world.database.url, elsewhere.toString()].map((url) =>
    makeKnex(url, { max: 1, applicationName: 'munim-test' }),
  );
  const [ours, other] = (await Promise.all(pools.map((pool) => pool.transaction()))) as [
    Knex.Transaction,
    Knex.Transaction,
  ];
  try {
    for (const trx of [ours, other]) await execute(trx, 'select pg_current_xact_id()');
    expect(await night.run(due!.id)).toBe(false);
    expect(await runsOf(world)).toMatchObject([
      { state: 'waiting', why: 'what was being written when the day ended' },
    ]);
    await ours.rollback();
    await letTimePass(world);
    expect(await night.run(due!.id)).toBe(true);
  } finally {
    await Promise.all([ours, other].map((trx) => trx.rollback()));
    await Promise.all(pools.map((pool) => pool.destroy()));
  }
});
