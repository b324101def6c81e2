/** The rate of calls to a provider, shared by all processes through the database. */
import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { compose } from '../../../composition/compose';
import { loadConfig } from '../../../composition/config';
import { makeKnex } from '../../../platform/database';
import { createRateLimit } from '../../../platform/rate-limit';
import { freshDatabase, type TestDatabase } from '../../support/database';

let database: TestDatabase;
/** Its time stands still: no second ends while a busy machine counts. */
let stopped: TestDatabase;
let knex: Knex;
let still: Knex;
/** A pool of which the time stands still. */
const stoppedKnex = (): Knex => still;
beforeAll(async () => {
  [database, stopped] = await Promise.all([freshDatabase(), freshDatabase()]);
  knex = makeKnex(database.url, { max: 4 });
  await stopTime(stopped);
  still = makeKnex(stopped.url, { max: 4 });
});
afterAll(async () => {
  await knex.destroy();
  await still.destroy();
  await Promise.all([database.drop(), stopped.drop()]);
});

/** Connections from now on find a clock that does not run before that of PostgreSQL. */
async function stopTime({ name, url }: TestDatabase): Promise<void> {
  const admin = makeKnex(url, { max: 1 });
  await admin.raw('create schema stopped');
  await admin.raw(`create function stopped.clock_timestamp() returns timestamptz
    language sql stable return timestamptz '2026-11-01 12:00:00.5+05:30'`);
  await admin.raw(`alter database ${name} set search_path = stopped, pg_catalog, public`);
  await admin.destroy();
}

const taken = async (takes: (() => Promise<{ ok: boolean }>)[]): Promise<number> =>
  (await Promise.all(takes.map((take) => take()))).filter((t) => t.ok).length;

test('two processes share one rate', async () => {
  const knexes = [0, 1].map(() => makeKnex(stopped.url, { max: 2 }));
  const [one, two] = knexes.map((own) => createRateLimit({ knex: own, key: 'shared', perSecond: () => 3 }));
  const takes = Array.from({ length: 5 }, () => [() => one!.take(), () => two!.take()]).flat();
  expect(await taken(takes)).toBe(3);
  await Promise.all(knexes.map((own) => own.destroy()));
});

test('calls at the desk have their share, and leave the rest to what was promised', async () => {
  const limit = createRateLimit({
    knex: stoppedKnex(),
    key: 'desk',
    perSecond: () => 10,
    deskPercent: () => 60,
  });
  const desk = Array.from({ length: 20 }, () => () => limit.take(1, 'desk'));
  const work = Array.from({ length: 20 }, () => () => limit.take());
  expect(await taken(desk)).toBe(6);
  expect(await taken(work)).toBe(4);
});

test('while the desk is open a fifth is kept for it, and without it work has all', async () => {
  const open = createRateLimit({
    knex: stoppedKnex(),
    key: 'open',
    perSecond: () => 10,
    deskPercent: () => 60,
  });
  expect((await open.take(1, 'desk')).ok).toBe(true);
  expect(await taken(Array.from({ length: 20 }, () => () => open.take()))).toBe(8);
  expect((await open.take(1, 'desk')).ok).toBe(true);
  const closed = createRateLimit({
    knex: stoppedKnex(),
    key: 'closed',
    perSecond: () => 10,
    deskPercent: () => 60,
  });
  expect(await taken(Array.from({ length: 20 }, () => () => closed.take()))).toBe(10);
});

test('what is refused is told when to come again, and then it is let through', async () => {
  const limit = createRateLimit({ knex, key: 'again', perSecond: () => 1 });
  let refused = await limit.take();
  while (refused.ok) refused = await limit.take();
  expect(refused.retryAfterMs).toBeGreaterThan(0);
  expect(refused.retryAfterMs).toBeLessThanOrEqual(1_000);
  const { retryAfterMs } = refused;
  await new Promise((resolve) => {
    setTimeout(resolve, retryAfterMs + 5);
  });
  expect(await limit.take()).toEqual({ ok: true });
});

test("a process with production's policies lets so many payouts of a second through, and no more", async () => {
  const key = (): string => randomBytes(32).toString('base64');
  const config = loadConfig({
    NODE_ENV: 'test',
    MUNIM_POLICY_PROFILE: 'production',
    MUNIM_LOG_LEVEL: 'silent',
    DATABASE_URL: stopped.url,
    MUNIM_ENCRYPTION_KEYS: `k1:${key()}`,
    MUNIM_BLIND_INDEX_KEY: key(),
    MUNIM_CURSOR_KEY: key(),
    MUNIM_RAZORPAYX_BASE_URL: 'http://127.0.0.1:1/v1',
    MUNIM_RAZORPAYX_KEY_ID: 'rzp_test_abcdefgh',
    MUNIM_RAZORPAYX_KEY_SECRET: 'key-secret',
    MUNIM_RAZORPAYX_WEBHOOK_SECRET: 'webhook-secret',
    MUNIM_RAZORPAYX_ACCOUNT_NUMBER: '2323230012345678',
  });
  const c = await compose('dispatch', config);
  try {
    const connector = c.providers.get('razorpayx');
    const admissions = await Promise.all(Array.from({ length: 30 }, () => connector.admit('payout')));
    expect(admissions.filter((a) => a.ok)).toHaveLength(10);
    expect(new Set(admissions.flatMap((a) => (a.ok ? [] : [a.rawStatus])))).toEqual(
      new Set(['<rate limited>']),
    );
  } finally {
    await c.close();
  }
});

test('a new rate counts at once, and none is no limit', async () => {
  let perSecond: number | null = 1;
  const limit = createRateLimit({ knex, key: 'changed', perSecond: () => perSecond });
  await limit.take();
  perSecond = 10_000;
  expect(await taken(Array.from({ length: 50 }, () => () => limit.take()))).toBe(50);
  perSecond = null;
  expect(await taken(Array.from({ length: 50 }, () => () => limit.take()))).toBe(50);
});

test('a database that is away is an error, not a limit that is reached', async () => {
  const away = makeKnex('postgres://nobody@127.0.0.1:1/nothing', { max: 1 });
  await expect(createRateLimit({ knex: away, key: 'away', perSecond: () => 3 }).take()).rejects.toMatchObject(
    { code: 'ECONNREFUSED' },
  );
  await away.destroy();
});
