/** Permits over real stores: two processes share them, and a Redis that dies refuses nobody. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createPermitStore } from '../../../platform/permit-store';
import { createPermits, type Permits } from '../../../platform/permits';
import { startRedis } from '../../../scripts/stack/redis-server';
import { freshDatabase, type TestDatabase } from '../../support/database';
import { onBackend, queueBackends, redisPrefix, redisUrl } from '../../support/redis';
import { until } from '../../support/until';

let database: TestDatabase;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  database = await freshDatabase();
});
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});
afterAll(async () => {
  await database.drop();
});

const AWAY = 'postgres://nobody@127.0.0.1:1/nothing';
function processWith(settings: { redisUrl?: string; prefix?: string; databaseUrl?: string }): Permits {
  const store = createPermitStore({ databaseUrl: database.url, prefix: 'test', ...settings });
  closing.push(() => store.close());
  return createPermits(store);
}
const limitOf = (most: number) => ({ key: `k:${randomUUID()}`, most, windowS: 60 });
async function taken(permits: readonly Permits[], times: number, limit: ReturnType<typeof limitOf>) {
  const verdicts = await Promise.all(
    Array.from({ length: times }, (_, i) => permits[i % permits.length]!.take([limit])),
  );
  return verdicts.filter(({ ok }) => ok).length;
}

describe.each(queueBackends())('permits on %s', (backend) => {
  const settings = backend === 'redis' ? { redisUrl: redisUrl(), prefix: redisPrefix() } : {};

  test('two processes give out a limit together, and not one more', async () => {
    const processes = [processWith(settings), processWith(settings)];
    const limit = limitOf(100);
    await until(
      () =>
        processes[0]!.take([limitOf(1)]).then(
          ({ ok }) => ok,
          () => false,
        ),
      (ok) => ok,
    );
    let all = 0;
    for (let i = 0; i < 10; i++) all += await taken(processes, 30, limit);
    expect(all).toBe(100);
  });

  test('what was refused passes again when the window is over', async () => {
    const permits = processWith(settings);
    const limit = { ...limitOf(5), windowS: 1 };
    const take = (): Promise<boolean> =>
      permits.take([limit]).then(
        ({ ok }) => ok,
        () => true,
      );
    await until(take, (ok) => !ok);
    expect(await until(take, (ok) => ok)).toBe(true);
  });
});

test('without any store nobody passes: who cannot be counted is refused', async () => {
  const permits = processWith({ databaseUrl: AWAY });
  await expect(permits.take([limitOf(10)])).rejects.toThrow('ECONNREFUSED');
});

onBackend('redis', () => {
  test('when Redis dies, PostgreSQL counts on; with both away nobody passes', async () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-permits-'));
    const redis = await startRedis({ dir });
    try {
      const permits = processWith({ redisUrl: redis.url });
      const alone = processWith({ redisUrl: redis.url, databaseUrl: AWAY });
      await until(
        () =>
          alone.take([limitOf(10)]).then(
            ({ ok }) => ok,
            () => false,
          ),
        (ok) => ok,
      );
      const limit = limitOf(20);
      expect(await taken([permits], 10, limit)).toBe(10);
      await redis.stop();
      // As many as there are in one window of each store, and then no more.
      expect(await taken([permits], 200, limit)).toBeLessThanOrEqual(30);
      expect(await taken([permits], 10, limitOf(20))).toBe(10);
      await expect(alone.take([limitOf(10)])).rejects.toThrow('ECONNREFUSED');
    } finally {
      await redis.stop();
      fs.rmSync(dir, { recursive: true, force: true });
    }
  });
});
